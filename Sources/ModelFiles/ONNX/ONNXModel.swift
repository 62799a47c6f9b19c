import Files
import Foundation
import SwiftProtobuf

/// A network as an ONNX file: nodes, weights, inputs, outputs and metadata.
public struct ONNXModel: Sendable {
  /// An operation of ONNX's default domain.
  public struct Node: Hashable, Sendable {
    /// The operator's name in ONNX, `Conv` for instance.
    public var operation: String
    /// Names of values; empty for an optional input that is left out.
    public var inputs: [String]
    /// Names of the values that it gives.
    public var outputs: [String]
    /// The operator's parameters by name.
    public var attributes: [String: Attribute]

    /// Creates a node of an operator.
    ///
    /// - Parameters:
    ///   - operation: the operator's name in ONNX.
    ///   - inputs: names of values; empty for an optional input that is left out.
    ///   - outputs: names of the values that it gives.
    ///   - attributes: the operator's parameters by name.
    public init(
      _ operation: String, inputs: [String], outputs: [String],
      attributes: [String: Attribute] = [:]
    ) {
      self.operation = operation
      self.inputs = inputs
      self.outputs = outputs
      self.attributes = attributes
    }
  }

  /// A parameter of an operator.
  public enum Attribute: Hashable, Sendable {
    /// One whole number.
    case integer(Int)
    /// A list of whole numbers.
    case integers([Int])
    /// One floating-point number.
    case float(Float)
    /// A text.
    case string(String)
  }

  /// An input or output.
  public struct Value: Hashable, Sendable {
    /// The size of one dimension.
    public enum Dimension: Hashable, Sendable {
      /// A size that never changes.
      case fixed(Int)
      /// Of any size; the same name is the same size.
      case any(String)
    }
    /// The value's name.
    public var name: String
    /// The type of its elements.
    public var elementType: NamedArray.ElementType
    /// The sizes of its dimensions.
    public var shape: [Dimension]

    /// Creates the description of an input or output.
    ///
    /// - Parameters:
    ///   - name: the value's name.
    ///   - elementType: the type of its elements.
    ///   - shape: the sizes of its dimensions.
    public init(_ name: String, _ elementType: NamedArray.ElementType, _ shape: [Dimension]) {
      self.name = name
      self.elementType = elementType
      self.shape = shape
    }
  }

  /// The version of ONNX's operators that is written.
  public static let operatorSet = 17
  private static let structureVersion = 8

  /// The graph's name.
  public var name: String
  /// The operations, each behind those whose values it takes.
  public var nodes: [Node] = []
  /// Weights and constants, in order.
  public var initializers: [(name: String, array: NamedArray)] = []
  /// The inputs of the network.
  public var inputs: [Value] = []
  /// The outputs of the network.
  public var outputs: [Value] = []
  /// Texts by key, for whoever runs the network.
  public var metadata: [String: String] = [:]

  /// Creates a model without nodes.
  public init(name: String) {
    self.name = name
  }

  /// What every file that is written begins with.
  private static let beginning = ONNXModelProto.with {
    $0.irVersion = Int64(structureVersion)
    $0.producerName = "MultiBox"
  }

  /// Says whether a file begins as those do that ``write(to:)`` makes.
  ///
  /// - Parameter path: of any file, there or not.
  public static func isOwnFile(_ path: String) -> Bool {
    guard let beginning = try? beginning.serializedData(),
      let file = FileHandle(forReadingAtPath: path)
    else { return false }
    defer { try? file.close() }
    return (try? file.read(upToCount: beginning.count)) == beginning
  }

  /// Writes the file atomically.
  ///
  /// - Parameter path: of the file.
  /// - Throws: `FileError` where it cannot be written.
  public func write(to path: String) throws {
    var model = Self.beginning
    model.opsetImport = [.with { $0.version = Int64(Self.operatorSet) }]
    model.metadataProps = metadata.sorted { $0.key < $1.key }.map { entry in
      .with {
        $0.key = entry.key
        $0.value = entry.value
      }
    }
    model.graph = .with { graph in
      graph.name = name
      graph.node = nodes.enumerated().map { index, node in ONNXNodeProto(node, index: index) }
      graph.initializer = initializers.map { ONNXTensorProto($0.array, name: $0.name) }
      graph.input = inputs.map(ONNXValueInfoProto.init)
      graph.output = outputs.map(ONNXValueInfoProto.init)
    }
    try AtomicFile.write(model.serializedData(), to: path)
  }

  /// Returns a whole number that an operator of a file has as an attribute.
  ///
  /// - Parameters:
  ///   - attribute: the attribute's name.
  ///   - operation: the operator's name; the first one of the graph is taken.
  ///   - path: of an ONNX file.
  /// - Returns: nil where there is no such operator or attribute.
  /// - Throws: `FileError` naming the file.
  public static func attribute(
    _ attribute: String, ofOperator operation: String, in path: String
  ) throws(FileError) -> Int? {
    try contents(of: path).graph.node.first { $0.opType == operation }?.attribute
      .first { $0.name == attribute && $0.type == .int }.map { Int($0.i) }
  }

  /// Returns the metadata of a file.
  ///
  /// - Parameter path: of an ONNX file.
  /// - Throws: `FileError` naming the file.
  public static func metadata(of path: String) throws(FileError) -> [String: String] {
    Dictionary(
      try contents(of: path).metadataProps.map { ($0.key, $0.value) },
      uniquingKeysWith: { _, last in last })
  }

  static func contents(of path: String) throws(FileError) -> ONNXModelProto {
    let data = try InputFile.contents(path)
    guard let model = try? ONNXModelProto(serializedBytes: data), model.hasGraph else {
      throw FileError(path: path, reason: "not an ONNX file")
    }
    return model
  }
}

extension ONNXNodeProto {
  fileprivate init(_ node: ONNXModel.Node, index: Int) {
    self.init()
    name = "\(node.operation)_\(index)"
    opType = node.operation
    input = node.inputs
    output = node.outputs
    attribute = node.attributes.sorted { $0.key < $1.key }.map { name, value in
      .with {
        $0.name = name
        switch value {
        case .integer(let number):
          $0.type = .int
          $0.i = Int64(number)
        case .integers(let numbers):
          $0.type = .ints
          $0.ints = numbers.map(Int64.init)
        case .float(let number):
          $0.type = .float
          $0.f = number
        case .string(let text):
          $0.type = .string
          $0.s = Data(text.utf8)
        }
      }
    }
  }
}

extension ONNXTensorProto {
  fileprivate init(_ array: NamedArray, name: String) {
    self.init()
    self.name = name
    dims = array.shape.map(Int64.init)
    dataType = array.elementType.onnxNumber
    rawData = array.bytes
  }
}

extension ONNXValueInfoProto {
  fileprivate init(_ value: ONNXModel.Value) {
    self.init()
    name = value.name
    type.tensorType.elemType = value.elementType.onnxNumber
    type.tensorType.shape.dim = value.shape.map { dimension in
      .with {
        switch dimension {
        case .fixed(let size): $0.dimValue = Int64(size)
        case .any(let name): $0.dimParam = name
        }
      }
    }
  }
}

extension NamedArray.ElementType {
  /// ONNX's TensorProto.DataType.
  var onnxNumber: Int32 {
    switch self {
    case .float32: 1
    case .uint8: 2
    case .int8: 3
    case .uint16: 4
    case .int16: 5
    case .int32: 6
    case .int64: 7
    case .bool: 9
    case .float16: 10
    case .float64: 11
    case .uint32: 12
    case .uint64: 13
    case .bfloat16: 16
    }
  }
}
