import CTorch

/// A failure inside LibTorch: the operation, and LibTorch's own message.
public struct TorchError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The operation, `convolution` for instance.
  public let operation: String
  /// LibTorch's message.
  public let message: String

  /// Creates an error of an operation.
  public init(operation: String, message: String) {
    self.operation = operation
    self.message = message
  }

  /// One line for people.
  public var description: String { "LibTorch, \(operation): \(message)" }

  /// Throws what the bridge left as the last error of this thread, if `status` says there is one.
  static func check(_ status: CTStatus, _ operation: String) throws(TorchError) {
    guard status != 0 else { return }
    throw TorchError(operation: operation, message: String(cString: ct_last_error()))
  }
}
