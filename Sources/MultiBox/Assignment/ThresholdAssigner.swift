/// Assigns by overlap alone and never forces: each default box takes the object it overlaps most,
/// if their IoU reaches the threshold.
///
/// What no default box fits is not learned from at all; no object owns a default box. Ties go to
/// the lower object index. The IoUs are found by `DefaultBoxSearch`; `AssignerTests` holds the
/// result against the definition.
///
/// - Complexity: O(G · D) at worst.
/// - SeeAlso: Faster R-CNN §3.1.2, rule (ii) without rule (i) (arXiv:1506.01497).
public struct ThresholdAssigner: BoxAssigner {
  /// 0…1.
  public let overlapThreshold: Double
  /// Whether an IoU equal to the threshold matches: IoU ≥, not >.
  public let includesThreshold: Bool
  /// As ``BipartiteAssigner/negativeOverlap``; .4 with a threshold of .5 is RetinaNet's.
  public let negativeOverlap: Double

  public init(
    overlapThreshold: Double = 0.5, includesThreshold: Bool = true, negativeOverlap: Double = 1
  ) {
    OverlapMatching.check(overlapThreshold, negativeOverlap)
    self.overlapThreshold = overlapThreshold
    self.includesThreshold = includesThreshold
    self.negativeOverlap = negativeOverlap
  }

  public var iouThreshold: Double? { overlapThreshold }

  public func assignment(
    of objects: [LabeledBox], to defaultBoxes: DefaultBoxes, predictions: ImagePredictions?
  ) -> BoxAssignment {
    OverlapMatching(
      objects, DefaultBoxSearch(defaultBoxes), defaultBoxCount: defaultBoxes.count,
      iouThreshold: overlapThreshold, includesThreshold: includesThreshold,
      negativeOverlap: negativeOverlap
    ).assignment(ownedDefaultBoxes: objects.map { _ in nil })
  }
}

extension BoxAssigner where Self == ThresholdAssigner {
  /// By overlap alone: ``ThresholdAssigner``.
  public static func threshold(
    overlapThreshold: Double = 0.5, includesThreshold: Bool = true, negativeOverlap: Double = 1
  ) -> ThresholdAssigner {
    ThresholdAssigner(
      overlapThreshold: overlapThreshold, includesThreshold: includesThreshold,
      negativeOverlap: negativeOverlap)
  }
}

extension ThresholdAssigner: LossPart {
  public static let partName = "threshold"

  private enum CodingKeys: String, CodingKey {
    case overlapThreshold, includesThreshold, negativeOverlap
  }

  public init() { self.init(overlapThreshold: 0.5) }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let standard = Self()
    self.init(
      overlapThreshold: try container.decodeShare(
        .overlapThreshold, default: standard.overlapThreshold),
      includesThreshold: try container.decodeIfPresent(Bool.self, forKey: .includesThreshold)
        ?? standard.includesThreshold,
      negativeOverlap: try container.decodeNegativeOverlap(
        .negativeOverlap, default: standard.negativeOverlap))
  }
}
