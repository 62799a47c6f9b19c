/// A fault of a graph: in which graph, at which node, and what.
public struct NetworkGraphError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A kind of fault.
  public enum Reason: Error, Hashable, Sendable, CustomStringConvertible {
    /// Neither a weight nor an input, and no earlier node gives it.
    case missingInput(String)
    /// An output that no node gives.
    case missingOutput(String)
    /// A name that an input, a weight or an earlier node has already.
    case secondValue(String)
    /// A node with too few or too many inputs.
    case inputCount(expected: ClosedRange<Int>, found: Int)
    /// A weight where a value must be.
    case notValue(String)
    /// A value where a weight must be.
    case notWeight(String)
    /// An input of a shape that the operation does not take.
    case shape(input: String, expected: String, found: [Int])
    /// A weight whose elements are not floating-point numbers.
    case elementType(weight: String, found: String)
    /// An operation that a file format has not.
    case notInFormat(String)
    /// A parameter out of its range.
    case parameter(String, expected: String, found: String)

    /// The fault in words.
    public var description: String {
      switch self {
      case .missingInput(let name):
        "input \(name): not among inputs, weights and what earlier nodes give"
      case .missingOutput(let name): "output \(name): no node gives it"
      case .secondValue(let name): "\(name): a second value of this name"
      case .inputCount(let expected, let found):
        "inputs: expected \(Self.words(expected)), found \(found)"
      case .notValue(let name): "input \(name): expected a value, found a weight"
      case .notWeight(let name): "input \(name): expected a weight, found a value"
      case .shape(let input, let expected, let found):
        "input \(input): expected \(expected), found \(found)"
      case .elementType(let weight, let found):
        "weight \(weight): expected floating-point elements, found \(found)"
      case .notInFormat(let format): "\(format) is not written with this operation"
      case .parameter(let name, let expected, let found):
        "\(name): expected \(expected), found \(found)"
      }
    }

    private static func words(_ counts: ClosedRange<Int>) -> String {
      switch (counts.lowerBound, counts.upperBound) {
      case (let lower, .max): "\(lower) or more"
      case (let lower, let upper): lower == upper ? "\(lower)" : "\(lower) to \(upper)"
      }
    }
  }

  /// The graph's name.
  public let graph: String
  /// The node's output; nil for a fault of the graph's own inputs and outputs.
  public let node: String?
  /// The name of the node's operation.
  public let operation: String?
  /// The fault.
  public let reason: Reason

  /// One line for people: graph, node, fault.
  public var description: String {
    let place = node.map { ", node \($0) (\(operation ?? ""))" } ?? ""
    return "graph \(graph)\(place): \(reason)"
  }
}
