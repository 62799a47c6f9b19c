import ModelFiles

/// A network for inference: operations in order, weights as arrays, no engine.
///
/// Every value has N, the number of images, as its first dimension, and N is free: shapes are
/// written without it. Names are one space: an input, a weight and what a node gives never share
/// one. ``shapes()`` checks all of a graph; passes and writers call it first.
public struct NetworkGraph: Hashable, Sendable {
  /// An input with its shape.
  public struct Value: Hashable, Sendable {
    /// The input's name.
    public var name: String
    /// Sizes behind N: `[3, H, W]` for images.
    public var shape: [Int]

    /// Creates an input.
    ///
    /// - Parameters:
    ///   - name: the input's name.
    ///   - shape: sizes behind N.
    public init(_ name: String, shape: [Int]) {
      self.name = name
      self.shape = shape
    }
  }

  /// One operation on named values and weights; gives one value.
  public struct Node: Hashable, Sendable {
    /// The operation, with its parameters.
    public var operation: Operation
    /// Names of inputs and weights of the graph, or of what earlier nodes give.
    public var inputs: [String]
    /// The value that it gives, and its own name.
    public var output: String

    /// Creates a node.
    ///
    /// - Parameters:
    ///   - operation: the operation, with its parameters.
    ///   - inputs: names of inputs, of weights, or of what earlier nodes give.
    ///   - output: what it gives, and its own name.
    public init(_ operation: Operation, _ inputs: [String], output: String) {
      self.operation = operation
      self.inputs = inputs
      self.output = output
    }
  }

  /// The graph's name, which errors and files carry.
  public var name: String
  /// The inputs, from the outside.
  public var inputs: [Value]
  /// The operations, each behind those whose values it takes.
  public var nodes: [Node]
  /// Names of what the nodes give to the outside.
  public var outputs: [String]
  /// The weights by name.
  public var weights: [String: NamedArray]
  /// The factors of weights that are whole numbers, by name: one for each row, which is the first
  /// dimension.
  public var rowScales: [String: [Float]] = [:]

  /// Creates a graph; nothing is checked before ``shapes()``.
  public init(
    name: String, inputs: [Value], nodes: [Node] = [], outputs: [String] = [],
    weights: [String: NamedArray] = [:]
  ) {
    self.name = name
    self.inputs = inputs
    self.nodes = nodes
    self.outputs = outputs
    self.weights = weights
  }

  /// The shape, without N, of every input and of what every node gives.
  ///
  /// - Throws: ``NetworkGraphError`` for the first node that lacks an input or cannot take it, for
  ///   a second value of a name and for an output that nothing gives.
  public func shapes() throws(NetworkGraphError) -> [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    for input in inputs {
      try check(input.name, isNewIn: shapes, node: nil)
      shapes[input.name] = input.shape
    }
    for node in nodes {
      try check(node.output, isNewIn: shapes, node: node)
      var operands: [Operation.Operand] = []
      for name in node.inputs {
        if let weight = weights[name] {
          if let scales = rowScales[name], scales.count != weight.shape.first {
            throw error(
              .parameter(
                "factors of \(name)", expected: "\(weight.shape.first ?? 1)",
                found: "\(scales.count)"), at: node)
          }
          operands.append(.init(name: name, shape: weight.shape, isWeight: true))
        } else if let shape = shapes[name] {
          operands.append(.init(name: name, shape: shape, isWeight: false))
        } else {
          throw error(.missingInput(name), at: node)
        }
      }
      do throws(NetworkGraphError.Reason) {
        shapes[node.output] = try node.operation.outputShape(of: operands)
      } catch {
        throw self.error(error, at: node)
      }
    }
    for output in outputs where shapes[output] == nil {
      throw error(.missingOutput(output), at: nil)
    }
    return shapes
  }

  private func check(
    _ name: String, isNewIn shapes: [String: [Int]], node: Node?
  ) throws(NetworkGraphError) {
    guard shapes[name] == nil, weights[name] == nil else {
      throw error(.secondValue(name), at: node)
    }
  }

  func error(_ reason: NetworkGraphError.Reason, at node: Node?) -> NetworkGraphError {
    NetworkGraphError(
      graph: name, node: node?.output, operation: node?.operation.name, reason: reason)
  }

  /// How often each name is used, by nodes and as an output.
  func useCounts() -> [String: Int] {
    var counts: [String: Int] = [:]
    for name in nodes.flatMap(\.inputs) + outputs { counts[name, default: 0] += 1 }
    return counts
  }
}
