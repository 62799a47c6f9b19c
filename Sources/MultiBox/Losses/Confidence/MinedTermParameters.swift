/// The parameters of a term with mined negatives and smoothed labels, as files have them.
struct MinedTermParameters: Codable {
  let mining: HardNegativeMining
  let labelSmoothing: Double

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case mining, labelSmoothing
  }

  static var names: [String] { CodingKeys.allCases.map(\.rawValue) }

  init(mining: HardNegativeMining, labelSmoothing: Double) {
    self.mining = mining
    self.labelSmoothing = labelSmoothing
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    mining = try container.decode(.mining, default: HardNegativeMining())
    labelSmoothing = try container.decodeShare(.labelSmoothing, default: 0)
  }

  /// Writes the smoothing only where there is one: programs of before know no such key.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(mining, forKey: .mining)
    if labelSmoothing != 0 { try container.encode(labelSmoothing, forKey: .labelSmoothing) }
  }
}
