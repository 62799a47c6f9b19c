import Files
import Foundation

extension TFLiteModel {
  /// Where the file is changed to end the network before an operator.
  struct Cut: Sendable {
    /// The position of the graph's field that points to its outputs.
    let outputsField: Int
    /// The tensors that become the outputs.
    let outputs: [Int]
    /// The position of the number of operators; the offsets to them follow.
    let operatorCount: Int
    /// The numbers of the operators that stay.
    let kept: [Int]
    /// The position of the number of signatures, which name outputs that are gone.
    let signatureCount: Int?
  }

  /// Returns the file with the network ending before ``detectionOperator``: its outputs are the
  /// operator's offsets and scores. Nil where there is no such operator.
  ///
  /// What follows the model in the file stays, and the new outputs stand at the end.
  public func withoutDetectionOperator() -> Data? {
    guard let cut else { return nil }
    var bytes = Data(capacity: file.count + 16)
    bytes.append(file)
    func write(_ number: Int, at position: Int) {
      // All positions were read from, and all numbers are those of elements in the file.
      withUnsafeBytes(of: UInt32(truncatingIfNeeded: number).littleEndian) {
        bytes.replaceSubrange(position..<position + 4, with: $0)
      }
    }
    func number(at position: Int) -> Int {
      (0..<4).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * $1) }
    }
    // Offsets count from their own place.
    let targets = cut.kept.map { index in
      let position = cut.operatorCount + 4 + index * 4
      return position + number(at: position)
    }
    write(targets.count, at: cut.operatorCount)
    for (index, target) in targets.enumerated() {
      let position = cut.operatorCount + 4 + index * 4
      write(target - position, at: position)
    }
    if let signatureCount = cut.signatureCount { write(0, at: signatureCount) }
    bytes.append(Data(count: (4 - bytes.count % 4) % 4))
    write(bytes.count - cut.outputsField, at: cut.outputsField)
    bytes.append(Data(count: 4 + cut.outputs.count * 4))
    let start = bytes.count - 4 - cut.outputs.count * 4
    write(cut.outputs.count, at: start)
    for (index, output) in cut.outputs.enumerated() { write(output, at: start + 4 + index * 4) }
    return bytes
  }
}

extension TFLiteReader {
  /// Drops an operator and, of those behind it, all that need what it gives.
  func cut(
    _ operators: FlatBuffer.Vector, at place: Int, outputs: [Int]
  ) throws(FlatBuffer.Failure) -> TFLiteModel.Cut {
    guard let outputsField = try subgraph.position(of: TFLiteField.Subgraph.outputs) else {
      throw FlatBuffer.Failure(reason: "graph: expected outputs, found none")
    }
    _ = try buffer.target(at: outputsField)
    // New offsets have 32 bits too.
    guard buffer.count < Int(Int32.max) else {
      throw FlatBuffer.Failure(reason: "expected less than 2 GiB, found \(buffer.count) bytes")
    }
    var kept = Array(0..<place)
    var gone: Set<Int> = []
    // Operators that share one long list of tensors would take time without end.
    var budget = buffer.count
    for index in place..<operators.count {
      let table = try FlatBuffer.Table(
        buffer, at: buffer.target(at: operators.start + index * operators.elementSize))
      let inputs = try table.vector(TFLiteField.Operator.inputs, elementSize: 4)
      let results = try table.vector(TFLiteField.Operator.outputs, elementSize: 4)
      budget -= inputs.count + results.count
      guard budget > 0 else {
        throw FlatBuffer.Failure(reason: "operators: more tensors than the file has room for")
      }
      let needsWhatIsGone = try table.integers(TFLiteField.Operator.inputs)
        .contains(where: gone.contains)
      if index == place || needsWhatIsGone {
        gone.formUnion(try table.integers(TFLiteField.Operator.outputs))
      } else {
        kept.append(index)
      }
    }
    let signatures = try model.vector(TFLiteField.Model.signatures, elementSize: 4)
    return TFLiteModel.Cut(
      outputsField: outputsField, outputs: outputs, operatorCount: operators.start - 4, kept: kept,
      signatureCount: signatures.count == 0 ? nil : signatures.start - 4)
  }
}
