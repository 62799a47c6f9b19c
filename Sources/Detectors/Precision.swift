/// The number format that a network's convolutions compute in.
public enum Precision: String, Hashable, Sendable, Codable, CaseIterable {
  /// IEEE single precision.
  case float32
  /// Half the bits, and faster on processors that multiply it natively. Weights and sums stay in
  /// float32.
  case bfloat16
  /// Half the bits too, three more of them for digits and three fewer for the range: for GPUs
  /// without bfloat16. A training scales its loss and leaves out steps that overflow.
  case float16
}
