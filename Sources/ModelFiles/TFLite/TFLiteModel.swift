import Files
import Foundation

/// A TensorFlow Lite model, as far as running its detector elsewhere needs it: inputs, the operator
/// that ends a detector, constant tensors, metadata.
///
/// The file's offsets are checked one by one: a file that is not whole or not what it says gives an
/// error.
public struct TFLiteModel: Sendable {
  /// The path of the file.
  public let path: String
  /// The whole file, with whatever follows the model in it.
  let file: Data
  /// The network's inputs.
  public let inputs: [Tensor]
  /// The operator `TFLite_Detection_PostProcess` that ends the network; nil where there is none.
  public let detectionOperator: DetectionOperator?
  /// The network can be cut before the operator: where the numbers of this stand in the file.
  let cut: Cut?

  /// A tensor of the network.
  public struct Tensor: Hashable, Sendable {
    /// The element types that a detector's tensors have.
    public enum Element: Int8, Hashable, Sendable {
      /// IEEE single precision.
      case float32 = 0
      /// IEEE half precision.
      case float16 = 1
      /// 32 bits with sign, as biases of quantised layers.
      case int32 = 2
      /// 8 bits without sign.
      case uint8 = 3
      /// 8 bits with sign.
      case int8 = 9
    }

    /// The name, by which other runtimes know it.
    public let name: String
    /// The element type; nil for one that detectors do not have.
    public let element: Element?
    /// The sizes of the dimensions, −1 where one is free.
    public let shape: [Int]
    /// The scale of a quantised tensor: value = scale · (number − zeroPoint).
    public var scale: Float? { quantization.scales.first }
    /// The number that means 0 in a quantised tensor.
    public var zeroPoint: Int? { quantization.zeroPoints.first }
    /// The scales of all channels.
    let quantization: Quantization
    /// The place of its values in the file, where it is constant.
    let values: Data
  }

  /// The scales of a quantised tensor: none where it is not, one for all of it or one a channel.
  struct Quantization: Hashable, Sendable {
    let scales: [Float]
    let zeroPoints: [Int]
    /// The dimension of the channels, where there is a scale for each.
    let dimension: Int
  }

  /// Tells a TensorFlow Lite model by its identifier, whatever its name.
  ///
  /// - Parameter file: the bytes of a file.
  public static func isTFLite(_ file: Data) -> Bool {
    file.dropFirst(4).prefix(4).elementsEqual("TFL3".utf8)
  }

  /// Reads a model.
  ///
  /// - Parameter path: of the file.
  /// - Throws: `FileError` naming the file and what is wrong with it.
  public init(contentsOf path: String) throws(FileError) {
    try self.init(InputFile.contents(path), path: path)
  }

  /// Reads a model from memory.
  ///
  /// - Parameters:
  ///   - file: the bytes of a file.
  ///   - path: what errors call it.
  /// - Throws: `FileError` naming the file and what is wrong with it.
  public init(_ file: Data, path: String) throws(FileError) {
    do throws(FlatBuffer.Failure) {
      let reader = try TFLiteReader(file)
      inputs = try reader.inputs()
      let found = try reader.detectionOperator()
      detectionOperator = found?.value
      cut = found?.cut
    } catch {
      throw FileError(path: path, reason: "TFLite: \(error.reason)")
    }
    self.path = path
    self.file = file
  }
}

/// What the schema of TensorFlow Lite calls its fields, by number.
enum TFLiteField {
  enum Model {
    static let (operatorCodes, subgraphs, buffers, metadata, signatures) = (1, 2, 4, 6, 7)
  }
  enum OperatorCode { static let (byteCode, customCode, code) = (0, 1, 3) }
  enum Subgraph { static let (tensors, inputs, outputs, operators) = (0, 1, 2, 3) }
  enum Tensor {
    static let (shape, type, buffer, name, quantization, shapeSignature) = (0, 1, 2, 3, 4, 7)
  }
  enum Quantization { static let (scale, zeroPoint, dimension) = (2, 3, 6) }
  enum Operator { static let (code, inputs, outputs, builtIn, options) = (0, 1, 2, 4, 5) }
  enum Convolution { static let (padding, strideAcross, strideDown) = (0, 1, 2) }
  enum Buffer { static let (data, offset, size) = (0, 1, 2) }
  enum Metadata { static let (name, buffer) = (0, 1) }
}

/// Reads the parts of a model that are asked for.
struct TFLiteReader {
  let buffer: FlatBuffer
  let model: FlatBuffer.Table
  let subgraph: FlatBuffer.Table

  init(_ file: Data) throws(FlatBuffer.Failure) {
    buffer = FlatBuffer(file)
    let identifier = try buffer.slice(4, 4)
    guard identifier.elementsEqual("TFL3".utf8) else {
      throw FlatBuffer.Failure(reason: "expected the identifier TFL3 at byte 4, found another")
    }
    model = try buffer.root()
    guard let first = try model.tables(TFLiteField.Model.subgraphs).first else {
      throw FlatBuffer.Failure(reason: "expected a graph, found none")
    }
    subgraph = first
  }

  func inputs() throws(FlatBuffer.Failure) -> [TFLiteModel.Tensor] {
    var result: [TFLiteModel.Tensor] = []
    // No detector has more; a hostile file may count one tensor a million times.
    for index in try subgraph.integers(TFLiteField.Subgraph.inputs).prefix(16) {
      result.append(try tensor(index))
    }
    return result
  }

  func tensor(_ index: Int) throws(FlatBuffer.Failure) -> TFLiteModel.Tensor {
    let table = try element(
      index, of: subgraph, TFLiteField.Subgraph.tensors, called: "tensors")
    let fixed = try table.integers(TFLiteField.Tensor.shape)
    let free = try table.integers(TFLiteField.Tensor.shapeSignature)
    let quantization = try table.table(TFLiteField.Tensor.quantization)
    return TFLiteModel.Tensor(
      name: try table.text(TFLiteField.Tensor.name),
      element: TFLiteModel.Tensor.Element(
        rawValue: try table.number(TFLiteField.Tensor.type, Int8.self) ?? 0),
      shape: free.count == fixed.count ? free : fixed,
      quantization: TFLiteModel.Quantization(
        scales: try quantization?.floats(TFLiteField.Quantization.scale) ?? [],
        zeroPoints: try quantization?.longs(TFLiteField.Quantization.zeroPoint) ?? [],
        dimension: Int(
          try quantization?.number(TFLiteField.Quantization.dimension, Int32.self) ?? 0)),
      values: try contents(
        Int(try table.number(TFLiteField.Tensor.buffer, UInt32.self) ?? 0)))
  }

  /// Returns the bytes of a buffer: in the model, or, of very large models, behind it.
  func contents(_ index: Int) throws(FlatBuffer.Failure) -> Data {
    let table = try element(index, of: model, TFLiteField.Model.buffers, called: "buffers")
    let offset = try table.number(TFLiteField.Buffer.offset, UInt64.self) ?? 0
    let size = try table.number(TFLiteField.Buffer.size, UInt64.self) ?? 0
    // 0 and 1 say that the bytes are inside.
    guard offset > 1 else { return try table.bytes(TFLiteField.Buffer.data) }
    return try buffer.slice(Int(clamping: offset), Int(clamping: size))
  }

  /// Returns a table of a vector without reading the others.
  func element(
    _ index: Int, of table: FlatBuffer.Table, _ field: Int, called name: String
  ) throws(FlatBuffer.Failure) -> FlatBuffer.Table {
    let vector = try table.vector(field, elementSize: 4)
    guard (0..<vector.count).contains(index) else {
      throw FlatBuffer.Failure(
        reason: "\(name): expected 0…\(vector.count - 1), found number \(index)")
    }
    return try FlatBuffer.Table(buffer, at: buffer.target(at: vector.start + index * 4))
  }
}
