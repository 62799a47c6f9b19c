/// The IoUs from which a default box is positive, and below which it is background: the common part
/// of the rules by IoU.
///
/// - SeeAlso: ``BipartiteAssigner``, ``ForcedAssigner``, ``ThresholdAssigner``.
public struct OverlapRule: Hashable, Sendable {
  /// The IoU from which overlap alone matches, 0…1; 0.5 in the paper.
  public let threshold: Double
  /// True matches an IoU that equals the threshold.
  ///
  /// IoU ≥ threshold is the rule of the original code, torchvision and ssd.pytorch, > that of
  /// NVIDIA.
  public let includesThreshold: Bool
  /// The IoU from which a default box that is not matched is ignored; below it with every object it
  /// is background.
  ///
  /// At the threshold or above, nothing is ignored. With a threshold of .5, .4 is RetinaNet's.
  public let negativeOverlap: Double

  /// Creates the rule; the paper's by default.
  ///
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
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case threshold = "overlapThreshold"
    case includesThreshold, negativeOverlap
  }

  /// The keys in the file of a rule that consists of it.
  static var parameterNames: [String] { CodingKeys.allCases.map(\.rawValue) }

  /// Decodes a rule, with defaults for missing values, and checks every value.
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
