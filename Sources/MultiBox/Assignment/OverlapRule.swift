/// When an IoU makes a default box positive, and when it makes it no background: what the rules by
/// IoU have in common.
///
/// - SeeAlso: ``BipartiteAssigner``, ``ForcedAssigner``, ``ThresholdAssigner``.
public struct OverlapRule: Hashable, Sendable {
  /// IoU from which overlap alone matches, 0…1; 0.5 in the paper.
  public let threshold: Double
  /// Whether an IoU equal to the threshold matches: IoU ≥ (the original code, torchvision,
  /// ssd.pytorch), not > (NVIDIA).
  public let includesThreshold: Bool
  /// Default boxes that are not matched are background below this IoU with every object, and
  /// ignored from it on. With the threshold or more, all are background; .4 with a threshold of .5
  /// is RetinaNet's.
  public let negativeOverlap: Double

  /// - Precondition: `threshold` is in 0…1, `negativeOverlap` above 0, to 1.
  public init(
    threshold: Double = 0.5, includesThreshold: Bool = true, negativeOverlap: Double = 1
  ) {
    precondition(
      threshold >= 0 && threshold <= 1 && negativeOverlap > 0 && negativeOverlap <= 1,
      "an IoU threshold of \(threshold), background below \(negativeOverlap)")
    self.threshold = threshold
    self.includesThreshold = includesThreshold
    self.negativeOverlap = negativeOverlap
  }

  func isPositive(_ overlap: Double) -> Bool {
    overlap > threshold || (includesThreshold && overlap == threshold)
  }

  /// Of a default box that is not matched.
  func isIgnored(_ overlap: Double) -> Bool {
    negativeOverlap < threshold && overlap >= negativeOverlap
  }
}

extension OverlapRule: Codable {
  private enum CodingKeys: String, CodingKey {
    case threshold = "overlapThreshold"
    case includesThreshold, negativeOverlap
  }

  /// Takes defaults for what is missing and checks what is there.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let standard = OverlapRule()
    self.init(
      threshold: try container.decodeShare(.threshold, default: standard.threshold),
      includesThreshold: try container.decodeIfPresent(Bool.self, forKey: .includesThreshold)
        ?? standard.includesThreshold,
      negativeOverlap: try container.decode(
        .negativeOverlap, default: standard.negativeOverlap, expected: "a number above 0, to 1"
      ) { $0 > 0 && $0 <= 1 })
  }
}
