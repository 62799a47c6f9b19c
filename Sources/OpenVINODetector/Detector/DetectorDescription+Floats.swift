import Detectors
import Files

extension DetectorDescription.Output {
  /// Checks that a network has the output, and its last sizes where both sides know them.
  ///
  /// - Parameters:
  ///   - expected: the last sizes; nil for any.
  ///   - engine: the network.
  /// - Throws: ``RuntimeError`` naming the model and the output.
  func check(_ expected: [Int?], _ engine: InferenceEngine) throws {
    guard let port = engine.output(named: name) else {
      let names = engine.outputs.map(\.name).joined(separator: ", ")
      throw RuntimeError(
        path: engine.path, reason: "output \(name): not found among \(names)")
    }
    for (size, found) in zip(expected.reversed(), port.shape.reversed()) {
      guard let size, let found, size != found else { continue }
      let text = expected.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
      throw RuntimeError(
        path: engine.path, reason: "output \(port): expected […, \(text)]")
    }
  }

  /// Hands the output to `body`, as numbers.
  ///
  /// - Parameters:
  ///   - width: of its rows; of a shape that the model leaves free it is known only now.
  ///   - request: has computed it.
  ///   - body: reads the numbers.
  func withFloats<Result>(
    rowsOf width: Int = 1, of request: InferenceRequest,
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    try request.withOutput(name) { elements, sizes in
      guard elements.count % width == 0 else {
        throw RuntimeError(
          path: request.engine.path,
          reason: "output \(name): expected rows of \(width), found sizes \(sizes)")
      }
      if let values = elements.floatsInPlace { return try body(UnsafeBufferPointer(values)) }
      if elements.element.isQuantized, scale == nil {
        throw FileError(
          path: request.engine.path,
          reason: "output \(name) is of 8 bit: expected its scale, found none")
      }
      guard let values = elements.floats(scale: scale ?? 1, zero: zeroPoint ?? 0) else {
        throw RuntimeError(
          path: request.engine.path,
          reason: "output \(name): expected numbers of 8 bit, integers or floating point")
      }
      return try values.withUnsafeBufferPointer(body)
    }
  }
}

extension DetectorDescription.Classes {
  /// How many numbers the output has for each box.
  ///
  /// - Parameter classCount: classes, without the background.
  func width(classCount: Int) -> Int { classCount + (hasBackground ? 1 : 0) }

  /// Hands the output to `body`, `D × K` with the background first.
  ///
  /// - Parameters:
  ///   - classCount: classes, without the background.
  ///   - request: has computed it.
  ///   - body: reads the numbers.
  func withFloats<Result>(
    classCount: Int, of request: InferenceRequest,
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    try output.withFloats(rowsOf: width(classCount: classCount), of: request) { values in
      if hasBackground { return try body(values) }
      // A background that never is.
      let none: Float = scoreFunction == .softmax ? -.infinity : 0
      var padded: [Float] = []
      padded.reserveCapacity(values.count / classCount * (classCount + 1))
      for first in stride(from: 0, to: values.count, by: classCount) {
        padded.append(none)
        padded.append(contentsOf: values[first..<first + classCount])
      }
      return try padded.withUnsafeBufferPointer(body)
    }
  }
}
