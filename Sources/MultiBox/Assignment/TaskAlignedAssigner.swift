/// Task-aligned assignment: an object goes to the default boxes that already classify and locate it
/// well.
///
/// The alignment of a default box and an object is t = s^α · u^β: s the predicted score of the
/// object's class, u the IoU of the predicted box with the object. For each object the
/// ``candidateCount`` default boxes with the largest t are candidates, ties to the lower index;
/// those with t > 0 whose default box is centred inside the object are matched. A default box
/// matched to several objects goes to the one with the highest u, the lower index at ties.
///
/// The quality of a match is t / (max t + 10⁻⁷) · max u, both largest of the object's matches: its
/// best default box learns the best IoU as score, once anything is aligned at all. Nothing is
/// forced.
///
/// Predictions are constants here: no gradient flows through them. A predicted box that is not
/// finite is no candidate; ``MultiBoxLoss`` shows it as NaN all the same. `AdaptiveAssignerTests`
/// holds the rule against a reference and against mmdet.
///
/// - Complexity: O(G · D), with a softmax O(G · D · K).
/// - SeeAlso: Feng et al. 2021, §3.2 (arXiv:2108.07755); mmdet's `TaskAlignedAssigner`. Ultralytics
///   and others ask first whether the centre is inside and take candidates among those.
public struct TaskAlignedAssigner: BoxAssigner {
  /// α, the weight of the score; 1 in the paper.
  public let alpha: Double
  /// β, the weight of the IoU; 6 in the paper.
  public let beta: Double
  /// The largest number of default boxes of an object; 13 in the paper, at least 1.
  public let candidateCount: Int

  /// Keeps the quotient finite, and qualities low where nothing is aligned yet; the published
  /// code's.
  private static let epsilon = 1e-7

  /// Creates the rule; the paper's by default.
  ///
  /// - Precondition: `alpha` and `beta` are finite and at least 0, `candidateCount` is at least 1.
  public init(alpha: Double = 1, beta: Double = 6, candidateCount: Int = 13) {
    precondition(
      alpha >= 0 && beta >= 0 && alpha.isFinite && beta.isFinite && candidateCount > 0,
      "alpha \(alpha), beta \(beta), \(candidateCount) candidates")
    self.alpha = alpha
    self.beta = beta
    self.candidateCount = candidateCount
  }

  public var usesPredictions: Bool { true }

  /// Assigns the objects of one image by what the network predicts for it.
  ///
  /// - Precondition: `predictions` is not nil.
  public func assignment(
    of objects: [LabeledBox], to defaultBoxes: DefaultBoxes, predictions: ImagePredictions?
  ) -> BoxAssignment {
    guard let predictions else { preconditionFailure("task-aligned assignment needs predictions") }
    let boxes = objects.isEmpty ? [] : (0..<defaultBoxes.count).map(predictions.box(of:))
    var best = BestObjects(defaultBoxCount: defaultBoxes.count)
    for (object, labeled) in objects.enumerated() {
      var candidates = SmallestNumbers(count: candidateCount)
      for (index, box) in boxes.enumerated() {
        // Most share no area with the object, and their scores do not matter.
        let overlap = box.intersectionOverUnion(labeled.box)
        guard overlap > 0 else { continue }
        let score = predictions.score(of: index, classIndex: labeled.classIndex)
        let alignment = Double.power(score, alpha) * Double.power(overlap, beta)
        if alignment > 0 { candidates.offer(-alignment, index: index) }
      }
      for (index, number) in candidates.elements
      where labeled.box.contains(defaultBoxes.centers[index]) {
        best.offer(
          index, object: object, rank: boxes[index].intersectionOverUnion(labeled.box),
          quality: -number)
      }
    }
    return best.assignment(objectCount: objects.count, hasQualities: true) { matches in
      let alignment = matches.reduce(0) { max($0, $1.quality) }
      let overlap = matches.reduce(0) { max($0, $1.rank) }
      return { min($0.quality / (alignment + Self.epsilon) * overlap, 1) }
    }
  }
}

extension BoxAssigner where Self == TaskAlignedAssigner {
  /// The rule by predictions: ``TaskAlignedAssigner``.
  public static func taskAligned(
    alpha: Double = 1, beta: Double = 6, candidateCount: Int = 13
  ) -> TaskAlignedAssigner {
    TaskAlignedAssigner(alpha: alpha, beta: beta, candidateCount: candidateCount)
  }
}

extension TaskAlignedAssigner: LossPart {
  public static let partName = "task-aligned"

  private enum CodingKeys: String, CodingKey, CaseIterable { case alpha, beta, candidateCount }

  public static var parameterNames: [String] { CodingKeys.allCases.map(\.rawValue) }

  public init() { self.init(alpha: 1) }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let standard = Self()
    self.init(
      alpha: try container.decodeNotNegative(.alpha, default: standard.alpha),
      beta: try container.decodeNotNegative(.beta, default: standard.beta),
      candidateCount: try container.decode(
        .candidateCount, default: standard.candidateCount, expected: "1 or more"
      ) { $0 > 0 })
  }
}
