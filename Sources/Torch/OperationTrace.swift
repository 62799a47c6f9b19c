import CTorch
import NetworkGraphs

/// A record of what a network computes of its input, so that it can be written for others.
///
/// It begins with one tensor and follows what is made of it: tensors themselves know whether they
/// belong to a trace, and for those that do not, nothing is done. What is made of weights alone
/// is a constant of the trace.
public final class OperationTrace {
  /// An input of a step.
  public enum Operand {
    /// 0 is the trace's input, i + 1 what step i gave.
    case value(Int)
    /// A weight, or what is made of weights alone.
    case constant(Tensor)
  }

  /// One operation and its inputs.
  public struct Step {
    /// The operation, with its parameters.
    public let operation: NetworkGraph.Operation
    /// The inputs, in the operation's order.
    public let operands: [Operand]
    /// The shape of what it gave, N included.
    public let outputShape: [Int]
  }

  /// The operations so far, in the order they were computed.
  public private(set) var steps: [Step] = []
  private let imageCount: Int

  private init(imageCount: Int) {
    self.imageCount = imageCount
  }

  /// Begins a trace.
  ///
  /// - Parameter tensor: N is its first size, and must stay the first size of all that follows.
  /// - Returns: the trace, and a tensor with the same elements which it follows.
  public static func begin(
    with tensor: Tensor
  ) throws(TorchError) -> (trace: OperationTrace, input: Tensor) {
    let trace = OperationTrace(imageCount: tensor.shape.first ?? 0)
    let input = try tensor.detached()
    input.traced = TracedValue(trace: trace, index: 0)
    return (trace, input)
  }

  /// Returns the number of a tensor's value, see ``Operand/value(_:)``.
  ///
  /// - Parameter tensor: any tensor.
  /// - Returns: nil for a tensor that is not made of the trace's input.
  public func value(of tensor: Tensor) -> Int? {
    tensor.traced.flatMap { $0.trace === self ? $0.index : nil }
  }

  /// Adds a step and makes `output` its value.
  fileprivate func add(
    _ operation: NetworkGraph.Operation?, _ name: String, _ inputs: [Tensor], _ output: Tensor
  ) throws(TorchError) {
    func fail(_ message: String) -> TorchError { TorchError(operation: name, message: message) }
    guard let operation else { throw fail("not an operation of network graphs; cannot be traced") }
    let shape = output.shape
    guard shape.first == imageCount else {
      throw fail("gives \(shape) in a trace of N = \(imageCount), which must stay the first size")
    }
    var operands: [Operand] = []
    for input in inputs {
      guard input.traced.map({ $0.trace === self }) ?? true else {
        throw fail("tensors of two traces")
      }
      operands.append(input.traced.map { .value($0.index) } ?? .constant(input))
    }
    steps.append(Step(operation: operation, operands: operands, outputShape: shape))
    output.traced = TracedValue(trace: self, index: steps.count)
  }
}

/// A tensor's place in a trace.
struct TracedValue {
  let trace: OperationTrace
  let index: Int
}

extension Tensor {
  /// Runs a bridge function that makes a new tensor of others, and records it where one of them is
  /// traced.
  ///
  /// - Parameter operation: what a graph calls it; nil for what no graph has.
  static func make(
    _ name: String, of inputs: [Tensor],
    as operation: @autoclosure () -> NetworkGraph.Operation?,
    _ body: (UnsafeMutablePointer<CTTensor>) -> CTStatus
  ) throws(TorchError) -> Tensor {
    defer { withExtendedLifetime(inputs) {} }
    let output = try make(name, body)
    for input in inputs {
      guard let traced = input.traced else { continue }
      try traced.trace.add(operation(), name, inputs, output)
      break
    }
    return output
  }

  /// Runs a bridge function that returns the same elements in another memory order or number
  /// format, which are the same value of a trace.
  static func make(
    _ name: String, sameAs input: Tensor, _ body: (UnsafeMutablePointer<CTTensor>) -> CTStatus
  ) throws(TorchError) -> Tensor {
    let output = try make(name, body)
    output.traced = input.traced
    return output
  }

  /// Throws where the tensor is traced: what is computed of its elements outside would be a
  /// constant.
  func checkIsReadable(_ name: String) throws(TorchError) {
    guard traced == nil else {
      throw TorchError(operation: name, message: "the elements of a traced tensor")
    }
  }
}
