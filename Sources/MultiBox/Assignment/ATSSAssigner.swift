/// Adaptive training sample selection: each object finds its own IoU threshold.
///
/// For each object:
///
/// 1. Candidates are the ``candidatesPerMap`` default boxes of each feature map whose centres are
///    nearest to the object's, ties to the lower index; all of a map that has fewer.
/// 2. The threshold is the mean plus the standard deviation (n − 1) of the candidates' IoUs with
///    the object.
/// 3. Candidates that reach it, and whose centre lies inside the object, are matched.
///
/// A default box matched to several objects goes to the one with the highest IoU, the lower index
/// at ties. Nothing is forced: an object can end with no default box, and with a single candidate,
/// which has no deviation, it does.
///
/// The default boxes of a cell share their centre and are candidates one by one, as in the
/// authors' later code; `AdaptiveAssignerTests` holds the rule against a reference and against
/// mmdet.
///
/// - Complexity: O(G · D).
/// - SeeAlso: Zhang et al. 2020, Algorithm 1 (arXiv:1912.02424); mmdet's `ATSSAssigner`.
public struct ATSSAssigner: BoxAssigner {
  /// k, the candidates of an object on each feature map; 9 in the paper, at least 1.
  public let candidatesPerMap: Int

  /// Creates the rule.
  ///
  /// - Precondition: `candidatesPerMap` is at least 1.
  public init(candidatesPerMap: Int = 9) {
    precondition(candidatesPerMap > 0, "\(candidatesPerMap) candidates a feature map")
    self.candidatesPerMap = candidatesPerMap
  }

  public func assignment(
    of objects: [LabeledBox], to defaultBoxes: DefaultBoxes, predictions: ImagePredictions?
  ) -> BoxAssignment {
    var best = BestObjects(defaultBoxCount: defaultBoxes.count)
    for (object, labeled) in objects.enumerated() {
      let candidates = defaultBoxes.featureMapRanges.flatMap {
        nearest(to: CenterBox(labeled.box), in: $0, of: defaultBoxes)
      }
      let overlaps = candidates.map {
        defaultBoxes.corners[$0].intersectionOverUnion(labeled.box)
      }
      let mean = overlaps.reduce(0, +) / Double(overlaps.count)
      let squares = overlaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let threshold = mean + (squares / Double(overlaps.count - 1)).squareRoot()
      for (index, overlap) in zip(candidates, overlaps)
      where overlap >= threshold && labeled.box.contains(defaultBoxes.centers[index]) {
        best.offer(index, object: object, rank: overlap, quality: 1)
      }
    }
    return best.assignment(objectCount: objects.count, hasQualities: false)
  }

  private func nearest(
    to center: CenterBox, in range: Range<Int>, of defaultBoxes: DefaultBoxes
  ) -> [Int] {
    var best = SmallestNumbers(count: candidatesPerMap)
    for index in range {
      let box = defaultBoxes.centers[index]
      let (x, y) = (box.cx - center.cx, box.cy - center.cy)
      best.offer(x * x + y * y, index: index)
    }
    return best.indices
  }
}

extension BoxAssigner where Self == ATSSAssigner {
  /// Adaptive training sample selection: ``ATSSAssigner``.
  public static func atss(candidatesPerMap: Int = 9) -> ATSSAssigner {
    ATSSAssigner(candidatesPerMap: candidatesPerMap)
  }
}

extension ATSSAssigner: LossPart {
  public static let partName = "atss"

  private enum CodingKeys: String, CodingKey, CaseIterable { case candidatesPerMap }

  public static var parameterNames: [String] { CodingKeys.allCases.map(\.rawValue) }

  public init() { self.init(candidatesPerMap: 9) }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      candidatesPerMap: try container.decode(
        .candidatesPerMap, default: Self().candidatesPerMap, expected: "1 or more"
      ) { $0 > 0 })
  }
}
