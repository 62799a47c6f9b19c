/// The number format that a network's convolutions compute in.
public enum Precision: String, Hashable, Sendable, Codable, CaseIterable {
  case float32
  /// Faster on processors that multiply it natively. Weights and sums stay in float32.
  case bfloat16
}
