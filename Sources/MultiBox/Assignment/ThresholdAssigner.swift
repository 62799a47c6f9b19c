/// Assigns objects to default boxes by overlap alone.
///
/// Each default box takes the object it overlaps most, if their IoU reaches the threshold. An
/// object that no default box fits is not learned from at all, and no object owns a default box.
/// Ties go to the lower object index. The IoUs are found by `DefaultBoxSearch`; `AssignerTests`
/// holds the result against the definition.
///
/// - Complexity: O(G · D) at worst.
/// - SeeAlso: Faster R-CNN §3.1.2, rule (ii) without rule (i) (arXiv:1506.01497).
public struct ThresholdAssigner: BoxAssigner {
  /// The threshold, and the IoU below which a default box is background.
  public let overlap: OverlapRule

  /// Creates the rule.
  ///
  /// - Parameter overlap: the threshold, and the IoU below which a default box is background.
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
  /// The rule by overlap alone: ``ThresholdAssigner``.
  ///
  /// - Parameters:
  ///   - overlapThreshold: IoU from which overlap alone matches, 0…1.
  ///   - includesThreshold: true matches an IoU that equals the threshold.
  ///   - negativeOverlap: IoU from which an unmatched default box is ignored, above 0, to 1; from
  ///     `overlapThreshold` on nothing is ignored.
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

  public static var parameterNames: [String] { OverlapRule.parameterNames }

  public init(from decoder: any Decoder) throws { self.init(try OverlapRule(from: decoder)) }

  public func encode(to encoder: any Encoder) throws { try overlap.encode(to: encoder) }
}
