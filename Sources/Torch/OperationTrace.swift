import CTorch

/// A record of the operations that a network computes, so that it can be written for others.
///
/// While a trace is current, the operations of ``Tensor`` that inference needs record themselves.
/// Tensors are kept until the trace is freed, so that each stays one of its own.
public final class OperationTrace: @unchecked Sendable {
  // Unchecked: a trace is made, filled and read on one thread; the task-local value below demands
  // the conformance.

  /// What was computed.
  public enum Operation: Hashable, Sendable {
    case add
    case multiply
    /// Inputs: images, weight and, where there is one, bias.
    case convolution(stride: Int, padding: Int, dilation: Int, groups: Int)
    /// Inputs: images, weight, bias, running mean, running variance.
    case batchNormalization(epsilon: Double)
    case relu
    case relu6
    case hardSwish
    case hardSigmoid
    case meanPool
    case maxPool(kernel: Int, stride: Int, padding: Int, ceilMode: Bool)
    case upsampleNearest(height: Int, width: Int)
    case normalizeChannels(epsilon: Double)
    case permute([Int])
    case reshape([Int])
    case concatenate(dimension: Int)
    /// The same elements in another memory order or number format.
    case identity
  }

  public struct Step {
    public let operation: Operation
    public let inputs: [Tensor]
    public let output: Tensor
  }

  @TaskLocal static var current: OperationTrace?

  public private(set) var steps: [Step] = []

  private init() {}

  /// Runs `body` and returns what it computed beside its result.
  public static func record<Result>(
    _ body: () throws -> Result
  ) rethrows -> (result: Result, trace: OperationTrace) {
    let trace = OperationTrace()
    let result = try $current.withValue(trace) { try body() }
    return (result, trace)
  }

  func append(_ operation: Operation, _ inputs: [Tensor], _ output: Tensor) {
    steps.append(Step(operation: operation, inputs: inputs, output: output))
  }
}

extension Tensor {
  /// Runs a bridge function that returns a new reference, and records it where a trace is current.
  static func traced(
    _ operation: OperationTrace.Operation, _ name: String, _ inputs: [Tensor],
    _ body: (UnsafeMutablePointer<CTTensor>) -> CTStatus
  ) throws(TorchError) -> Tensor {
    let output = try make(name, body)
    OperationTrace.current?.append(operation, inputs, output)
    return output
  }
}
