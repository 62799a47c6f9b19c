import Detectors
import Files
import MultiBox
import NetworkInput

/// Makes detections of what a network gives, as its description says.
struct OutputDecoder: Sendable {
  private let outputs: DetectorDescription.Outputs
  private let input: InputSpecification
  private let decoder: DetectionDecoder
  private let classCount: Int
  /// Empty where the network decodes.
  private let defaultBoxes: DefaultBoxes?

  /// - Parameters:
  ///   - folder: what paths of the description are relative to.
  ///   - scoreThreshold: in place of the description's.
  /// - Throws: `FileError` or ``RuntimeError`` naming the model and its output.
  init(
    _ description: DetectorDescription, folder: String, engine: InferenceEngine,
    scoreThreshold: Double?
  ) throws {
    outputs = description.outputs
    input = description.input
    classCount = description.classNames.count
    var count: Int?
    switch outputs {
    case .heads(let heads):
      let boxes = try heads.defaultBoxes.defaultBoxes(in: folder)
      defaultBoxes = boxes
      count = boxes.count
      try Self.check(heads.offsets, [count, 4], engine)
    case .boxes(let boxes):
      defaultBoxes = nil
      try Self.check(boxes.boxes, [nil, 4], engine)
    case .rows(let rows):
      defaultBoxes = nil
      try Self.check(rows.output, [nil, 7], engine)
    }
    if let classes = outputs.classes {
      try Self.check(
        classes.output, [count, classCount + (classes.hasBackground ? 1 : 0)], engine)
    }
    decoder = DetectionDecoder(description.decoding(scoreThreshold: scoreThreshold))
  }

  /// Checks that an output exists, and its last sizes where both sides know them.
  private static func check(
    _ output: DetectorDescription.Output, _ expected: [Int?], _ engine: InferenceEngine
  ) throws {
    guard let port = engine.output(named: output.name) else {
      let names = engine.outputs.map(\.name).joined(separator: ", ")
      throw RuntimeError(
        path: engine.path, reason: "output \(output.name): not found among \(names)")
    }
    for (size, found) in zip(expected.reversed(), port.shape.reversed()) {
      guard let size, let found, size != found else { continue }
      let text = expected.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
      throw RuntimeError(
        path: engine.path, reason: "output \(port): expected […, \(text)]")
    }
  }

  /// Returns the detections of the request's last computation, normalized to the input, best first.
  func detections(of request: InferenceRequest) throws -> [Detection] {
    switch outputs {
    case .heads(let heads):
      guard let defaultBoxes else { return [] }
      return try withHeads(heads, of: request) { logits, offsets in
        try decoder.decode(logits: logits, offsets: offsets, defaultBoxes: defaultBoxes).detections
      }
    case .boxes(let description):
      return try withFloats(description.classes, of: request) { scores in
        try withFloats(description.boxes, of: request) { values in
          try decoder.decode(logits: scores, boxes: boxes(values, description)).detections
        }
      }
    case .rows(let description):
      return try withFloats(description.output, of: request) { values in
        decoder.decode(rows(values, description)).detections
      }
    }
  }

  /// Returns the network's output as the loss takes it.
  ///
  /// - Throws: ``RuntimeError`` where the network decodes its predictions itself.
  func predictions(of request: InferenceRequest) throws -> Predictions {
    guard case .heads(let heads) = outputs, let defaultBoxes else {
      throw RuntimeError(
        path: request.engine.path,
        reason: "the network decodes by itself: expected logits and offsets as outputs")
    }
    return try withHeads(heads, of: request) { logits, offsets in
      Predictions(
        logits: Array(logits), offsets: Array(offsets), defaultBoxes: defaultBoxes)
    }
  }

  /// Hands logits, `D × K`, and offsets, `D × 4`, to `body`.
  private func withHeads<Result>(
    _ heads: DetectorDescription.Heads, of request: InferenceRequest,
    _ body: (_ logits: UnsafeBufferPointer<Float>, _ offsets: UnsafeBufferPointer<Float>) throws ->
      Result
  ) throws -> Result {
    try withFloats(heads.classes, of: request) { logits in
      try withFloats(heads.offsets, of: request) { offsets in
        if heads.offsetOrder == .centersXFirst { return try body(logits, offsets) }
        var swapped = Array(offsets)
        for pair in stride(from: 0, to: offsets.count, by: 2) { swapped.swapAt(pair, pair + 1) }
        return try swapped.withUnsafeBufferPointer { try body(logits, $0) }
      }
    }
  }

  private func boxes(
    _ values: UnsafeBufferPointer<Float>, _ description: DetectorDescription.DecodedBoxes
  ) -> [Box] {
    stride(from: 0, to: values.count, by: 4).map { first in
      let four = (0..<4).map { Double(values[first + $0]) }
      let box =
        switch description.boxOrder {
        case .cornersXFirst: Box(xMin: four[0], yMin: four[1], xMax: four[2], yMax: four[3])
        case .cornersYFirst: Box(xMin: four[1], yMin: four[0], xMax: four[3], yMax: four[2])
        case .center:
          Box(CenterBox(cx: four[0], cy: four[1], width: four[2], height: four[3]))
        }
      if description.isNormalized { return box }
      return PixelBox(xMin: box.xMin, yMin: box.yMin, xMax: box.xMax, yMax: box.yMax)
        .normalized(width: input.width, height: input.height)
    }
  }

  private func rows(
    _ values: UnsafeBufferPointer<Float>, _ description: DetectorDescription.Rows
  ) -> [Detection] {
    var result: [Detection] = []
    for first in stride(from: 0, to: values.count, by: 7) {
      // A negative image ends the rows.
      if values[first] < 0 { break }
      guard let label = Int(exactly: values[first + 1]) else { continue }
      let classIndex = label - description.firstClass + 1
      guard (1...classCount).contains(classIndex) else { continue }
      result.append(
        Detection(
          box: Box(
            xMin: Double(values[first + 3]), yMin: Double(values[first + 4]),
            xMax: Double(values[first + 5]), yMax: Double(values[first + 6])),
          classIndex: classIndex, score: Double(values[first + 2])))
    }
    return result
  }

  // MARK: Tensors

  /// Hands the class output to `body`, `D × K` with the background first.
  private func withFloats<Result>(
    _ classes: DetectorDescription.Classes, of request: InferenceRequest,
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    try withFloats(classes.output, of: request) { values in
      if classes.hasBackground { return try body(values) }
      // A background that never is.
      let none: Float = classes.scoreFunction == .softmax ? -.infinity : 0
      var padded: [Float] = []
      padded.reserveCapacity(values.count / classCount * (classCount + 1))
      for first in stride(from: 0, to: values.count, by: classCount) {
        padded.append(none)
        padded.append(contentsOf: values[first..<first + classCount])
      }
      return try padded.withUnsafeBufferPointer(body)
    }
  }

  /// Hands an output to `body`, as numbers.
  private func withFloats<Result>(
    _ output: DetectorDescription.Output, of request: InferenceRequest,
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    try request.withOutput(output.name) { elements, _ in
      switch elements {
      case .float32(let values): return try body(UnsafeBufferPointer(values))
      case .uint8(let bytes):
        guard let scale = output.scale else {
          throw FileError(
            path: request.engine.path,
            reason: "output \(output.name) is of 8 bit: expected its scale, found none")
        }
        let zero = output.zeroPoint ?? 0
        // 256 values: a table.
        let table = (0..<256).map { scale * Float($0 - zero) }
        let values = bytes.map { table[Int($0)] }
        return try values.withUnsafeBufferPointer(body)
      }
    }
  }
}

extension DetectorDescription.Outputs {
  /// The class output, where there is one.
  fileprivate var classes: DetectorDescription.Classes? {
    switch self {
    case .heads(let heads): heads.classes
    case .boxes(let boxes): boxes.classes
    case .rows: nil
    }
  }
}
