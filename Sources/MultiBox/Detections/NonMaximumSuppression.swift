/// Keeps the box with the highest score of those that overlap, or lowers the scores of the others.
///
/// Boxes are taken by falling score, ties by lower index. A box is kept unless its IoU with a kept
/// one is above `iouThreshold`; at equality it stays. Soft suppression takes none away: each box
/// that is kept lowers the scores of the rest, those that overlap it most by most, and the next is
/// the best of what they have left.
///
/// - SeeAlso: Bodla et al., "Soft-NMS: Improving Object Detection With One Line of Code"
///   (arXiv:1704.04503).
public struct NonMaximumSuppression: Hashable, Sendable {
  /// The largest IoU of two kept boxes, 0…1.
  public var iouThreshold: Double
  /// The width σ, above 0, of soft suppression: a kept box multiplies the others' scores by
  /// exp(−IoU² / σ), and ``iouThreshold`` is not looked at; nil takes boxes away.
  public var gaussianSigma: Double?

  /// The width that Bodla et al. take.
  public static let usualSigma = 0.5

  /// Creates a suppression; 0.45 is SSD's.
  public init(iouThreshold: Double = 0.45, gaussianSigma: Double? = nil) {
    self.iouThreshold = iouThreshold
    self.gaussianSigma = gaussianSigma
  }

  /// A box that is kept.
  public struct Kept: Hashable, Sendable {
    /// The box's position in what was given.
    public let index: Int
    /// The score that suppression has left it; the one given where it is not soft.
    public let score: Double
  }

  /// Returns the kept boxes by falling score.
  ///
  /// - Parameters:
  ///   - boxes: of one class, corners.
  ///   - scores: one for each box; not NaN. Soft suppression takes scores of 0 or more.
  ///   - limit: the largest number of kept boxes.
  ///   - scoreThreshold: soft suppression drops what falls below it.
  /// - Complexity: O(n log n + n · kept).
  public func kept(
    boxes: [Box], scores: [Double], limit: Int = .max, scoreThreshold: Double = -.infinity
  ) -> [Kept] {
    guard let gaussianSigma else {
      return keptIndices(boxes: boxes, scores: scores, limit: limit).map {
        Kept(index: $0, score: scores[$0])
      }
    }
    precondition(
      boxes.count == scores.count, "\(scores.count) scores for \(boxes.count) boxes")
    precondition(gaussianSigma > 0, "a gaussianSigma of \(gaussianSigma)")
    var rest = scores.fallingOrder.map { (index: $0, score: scores[$0], compared: 0) }
    var kept: [Kept] = []
    var keptBoxes: [Box] = []
    // Scores only fall, so those that were not lowered yet are bounds: only the best is looked at.
    while kept.count < limit, let best = Self.best(rest) {
      let box = boxes[rest[best].index]
      let before = rest[best].score
      for other in keptBoxes[rest[best].compared...] {
        let overlap = other.intersectionOverUnion(box)
        rest[best].score *= Double.exponential(-overlap * overlap / gaussianSigma)
      }
      rest[best].compared = keptBoxes.count
      let score = rest[best].score
      if score < scoreThreshold {
        rest.remove(at: best)
      } else if score == before {
        kept.append(Kept(index: rest[best].index, score: score))
        keptBoxes.append(box)
        rest.remove(at: best)
      }
    }
    return kept
  }

  /// Returns the place of the highest score, of equal ones that of the lowest index.
  private static func best(_ rest: [(index: Int, score: Double, compared: Int)]) -> Int? {
    rest.indices.max { (rest[$0].score, rest[$1].index) < (rest[$1].score, rest[$0].index) }
  }

  /// Returns the indices of the boxes that are kept where none is soft, by falling score.
  ///
  /// - Parameters:
  ///   - boxes: of one class, corners.
  ///   - scores: one for each box; not NaN.
  ///   - limit: the largest number of kept boxes.
  /// - Complexity: O(n log n + n · kept).
  public func keptIndices(boxes: [Box], scores: [Double], limit: Int = .max) -> [Int] {
    precondition(
      boxes.count == scores.count, "\(scores.count) scores for \(boxes.count) boxes")
    var kept: [Int] = []
    var keptBoxes: [Box] = []
    for index in scores.fallingOrder {
      if kept.count >= limit { break }
      let box = boxes[index]
      if keptBoxes.contains(where: { $0.intersectionOverUnion(box) > iouThreshold }) { continue }
      kept.append(index)
      keptBoxes.append(box)
    }
    return kept
  }
}

extension NonMaximumSuppression: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case iouThreshold, gaussianSigma
  }

  /// Decodes a suppression, with SSD's values for missing ones, and checks every value.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    self.init(
      iouThreshold: try container.decodeShare(.iouThreshold, default: Self().iouThreshold),
      gaussianSigma: try container.decode(
        .gaussianSigma, default: nil, expected: "a number above 0, or null"
      ) { ($0 as Double?).map { $0 > 0 && $0.isFinite } ?? true })
  }
}
