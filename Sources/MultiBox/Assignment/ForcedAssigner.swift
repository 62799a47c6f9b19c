/// Assigns objects to default boxes as most ports of SSD do.
///
/// 1. Each default box takes the object it overlaps most, if their IoU reaches the threshold.
/// 2. Then each object, in order, takes the default box that it overlaps most, whoever had it. The
///    later object wins, so one whose best default box is also a later one's may be left with none;
///    ``BipartiteAssigner`` gives it the next best.
///
/// Ties go to the lower index. An object that touches no default box takes the first one, at IoU 0:
/// what the largest of a row of zeros is to these systems.
///
/// The IoUs are found by `DefaultBoxSearch`; `LossStrategyTests` holds the result against ten lines
/// of the definition.
///
/// - Complexity: O(G · D) at worst.
/// - SeeAlso: torchvision's `SSDMatcher`, `match` of ssd.pytorch, `Encoder` of NVIDIA's SSD.
public struct ForcedAssigner: BoxAssigner {
  /// The threshold of rule 1.
  public let overlap: OverlapRule

  /// Creates the rule.
  ///
  /// - Parameter overlap: the threshold of rule 1.
  public init(_ overlap: OverlapRule) { self.overlap = overlap }

  public var iouThreshold: Double? { overlap.threshold }

  public func assignment(
    of objects: [LabeledBox], to defaultBoxes: DefaultBoxes, predictions: ImagePredictions?
  ) -> BoxAssignment {
    var matching = OverlapMatching(
      objects, DefaultBoxSearch(defaultBoxes), defaultBoxCount: defaultBoxes.count,
      overlap)
    guard defaultBoxes.count > 0 else {
      return matching.assignment(ownedDefaultBoxes: objects.map { _ in nil })
    }
    let best = matching.best.map { $0?.index ?? 0 }
    for (object, index) in best.enumerated() { matching.force(index, object: object) }
    // A default box that a later object took away is not owned by the earlier one any more.
    let owned = best.enumerated().map { object, index -> Int? in
      matching.object(of: index) == object ? index : nil
    }
    return matching.assignment(ownedDefaultBoxes: owned)
  }
}

extension BoxAssigner where Self == ForcedAssigner {
  /// The rule of torchvision, ssd.pytorch and NVIDIA: ``ForcedAssigner``.
  ///
  /// - Parameters:
  ///   - overlapThreshold: IoU from which overlap alone matches, 0…1.
  ///   - includesThreshold: true matches an IoU that equals the threshold.
  ///   - negativeOverlap: IoU from which an unmatched default box is ignored, above 0, to 1; from
  ///     `overlapThreshold` on nothing is ignored.
  public static func forced(
    overlapThreshold: Double = 0.5, includesThreshold: Bool = true, negativeOverlap: Double = 1
  ) -> ForcedAssigner {
    ForcedAssigner(
      OverlapRule(
        threshold: overlapThreshold, includesThreshold: includesThreshold,
        negativeOverlap: negativeOverlap))
  }
}

extension ForcedAssigner: LossPart {
  public static let partName = "forced"

  public init() { self.init(OverlapRule()) }

  public static var parameterNames: [String] { OverlapRule.parameterNames }

  public init(from decoder: any Decoder) throws { self.init(try OverlapRule(from: decoder)) }

  public func encode(to encoder: any Encoder) throws { try overlap.encode(to: encoder) }
}
