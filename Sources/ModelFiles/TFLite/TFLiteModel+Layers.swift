import Files
import Foundation

extension TFLiteModel {
  /// An operator of the network, as far as weights are looked for in it.
  package struct Layer: Sendable {
    /// The operators that a reader of weights tells apart, by their numbers in the schema.
    package enum Kind: Int, Sendable {
      /// A convolution: input, weight `[C′, k, k, C]`, bias.
      case convolution = 3
      /// A depthwise convolution: input, weight `[1, k, k, C]`, bias.
      case depthwiseConvolution = 4
      /// The numbers of a quantised or shorter type as float32.
      case dequantization = 6
      /// The sigmoid.
      case sigmoid = 14
      /// min(max(x, 0), 6).
      case relu6 = 21
      /// The same numbers quantised, or of another scale.
      case quantization = 114
    }

    /// Nil for one of all the others.
    package let kind: Kind?
    /// The numbers of the tensors that it reads.
    package let inputs: [Int]
    /// The numbers of the tensors that it gives.
    package let outputs: [Int]
    /// Of a convolution: pixels from one window to the next, down and across.
    package let strides: [Int]
    /// Of a convolution: zeros beside the map give as many windows as it has strides.
    package let isPadded: Bool
  }

  /// The operators of the network, in an order in which they can be computed, and the numbers of
  /// the tensors that are its inputs.
  ///
  /// - Throws: `FileError` naming the file and what is wrong with it.
  package func layers() throws(FileError) -> (layers: [Layer], inputs: [Int]) {
    try read { reader throws(FlatBuffer.Failure) in
      (try reader.layers(), try reader.subgraph.integers(TFLiteField.Subgraph.inputs))
    }
  }

  /// Returns a tensor by its number.
  ///
  /// - Throws: `FileError` naming the file and what is wrong with it.
  package func tensor(_ number: Int) throws(FileError) -> Tensor {
    try read { reader throws(FlatBuffer.Failure) in try reader.tensor(number) }
  }

  private func read<Value>(
    _ body: (TFLiteReader) throws(FlatBuffer.Failure) -> Value
  ) throws(FileError) -> Value {
    do throws(FlatBuffer.Failure) {
      return try body(TFLiteReader(file))
    } catch {
      throw FileError(path: path, reason: "TFLite: \(error.reason)")
    }
  }
}

extension TFLiteReader {
  fileprivate func layers() throws(FlatBuffer.Failure) -> [TFLiteModel.Layer] {
    let codes = try model.tables(TFLiteField.Model.operatorCodes).map {
      table throws(FlatBuffer.Failure) in
      // The older field holds a byte; what is larger stands in the newer one alone.
      max(
        Int(try table.number(TFLiteField.OperatorCode.byteCode, Int8.self) ?? 0),
        Int(try table.number(TFLiteField.OperatorCode.code, Int32.self) ?? 0))
    }
    let operators = try subgraph.vector(TFLiteField.Subgraph.operators, elementSize: 4)
    // Operators that share one long list of tensors would take memory without end.
    var budget = buffer.count
    return try operators.map { (buffer, position) throws(FlatBuffer.Failure) in
      let table = try FlatBuffer.Table(buffer, at: buffer.target(at: position))
      for field in [TFLiteField.Operator.inputs, TFLiteField.Operator.outputs] {
        budget -= try table.vector(field, elementSize: 4).count
      }
      guard budget > 0 else {
        throw FlatBuffer.Failure(reason: "operators: more tensors than the file has room for")
      }
      let code = Int(try table.number(TFLiteField.Operator.code, UInt32.self) ?? 0)
      guard codes.indices.contains(code) else {
        throw FlatBuffer.Failure(
          reason: "operators: expected a code of 0…\(codes.count - 1), found \(code)")
      }
      let kind = TFLiteModel.Layer.Kind(rawValue: codes[code])
      let isConvolution = kind == .convolution || kind == .depthwiseConvolution
      let options = isConvolution ? try table.table(TFLiteField.Operator.builtIn) : nil
      return TFLiteModel.Layer(
        kind: kind,
        inputs: try table.integers(TFLiteField.Operator.inputs),
        outputs: try table.integers(TFLiteField.Operator.outputs),
        strides: [
          Int(try options?.number(TFLiteField.Convolution.strideDown, Int32.self) ?? 0),
          Int(try options?.number(TFLiteField.Convolution.strideAcross, Int32.self) ?? 0),
        ],
        isPadded: try options?.number(TFLiteField.Convolution.padding, Int8.self) ?? 0 == 0)
    }
  }
}
