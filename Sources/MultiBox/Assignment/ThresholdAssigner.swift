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
  public let overlap: OverlapRule

  public init(_ overlap: OverlapRule) { self.overlap = overlap }

  public var iouThreshold: Double? { overlap.threshold }

  public func assignment(
    of objects: [LabeledBox], to defaultBoxes: DefaultBoxes, predictions: ImagePredictions?
  ) -> BoxAssignment {
    OverlapMatching(
      objects, DefaultBoxSearch(defaultBoxes), defaultBoxCount: defaultBoxes.count,
      overlap
    ).assignment(ownedDefaultBoxes: objects.map { _ in nil })
  }
}

extension BoxAssigner where Self == ThresholdAssigner {
  /// By overlap alone: ``ThresholdAssigner``.
  public static func threshold(
    overlapThreshold: Double = 0.5, includesThreshold: Bool = true, negativeOverlap: Double = 1
  ) -> ThresholdAssigner {
    ThresholdAssigner(
      OverlapRule(
        threshold: overlapThreshold, includesThreshold: includesThreshold,
        negativeOverlap: negativeOverlap))
  }
}

extension ThresholdAssigner: LossPart {
  public static let partName = "threshold"

  public init() { self.init(OverlapRule()) }

  public init(from decoder: any Decoder) throws { self.init(try OverlapRule(from: decoder)) }

  public func encode(to encoder: any Encoder) throws { try overlap.encode(to: encoder) }
}
