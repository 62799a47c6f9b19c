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
      let boxes = try heads.defaultBoxes.defaultBoxes(
        in: folder, model: engine.path)
      defaultBoxes = boxes
      count = boxes.count
      // More numbers a box, as landmarks, may follow the four offsets.
      let width = engine.output(named: heads.offsets.name)?.shape.last.flatMap { $0 } ?? 4
      try Self.check(heads.offsets, [count, max(width, 4)], engine)
    case .boxes(let boxes):
      defaultBoxes = nil
      try Self.check(boxes.boxes, [nil, 4], engine)
    case .rows(let rows):
      defaultBoxes = nil
      try Self.check(rows.output, [nil, 7], engine)
    case .detections(let detections):
      defaultBoxes = nil
      try Self.check(detections.boxes, [nil, 4], engine)
      for output in [detections.scores, detections.classes] + [detections.count].compactMap(\.self)
      {
        try Self.check(output, [], engine)
      }
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

  /// Returns the detections of the request's last computation, normalized to the input, best first,
  /// and what was left out.
  func detections(
    of request: InferenceRequest
  ) throws -> (detections: [Detection], dropped: DroppedDetections) {
    var dropped = DroppedDetections()
    let result: DetectionDecoder.Result
    switch outputs {
    case .heads(let heads):
      guard let defaultBoxes else { return ([], dropped) }
      result = try withHeads(heads, of: request) { logits, offsets in
        if heads.sizes == .linear {
          return try decoder.decode(
            logits: logits, boxes: linearBoxes(offsets, defaultBoxes, heads.boxCoder))
        }
        return try decoder.decode(logits: logits, offsets: offsets, defaultBoxes: defaultBoxes)
      }
    case .boxes(let description):
      result = try withFloats(description.classes, of: request) { scores in
        try withFloats(description.boxes, rowsOf: 4, of: request) { values in
          let form = BoxForm(
            order: description.boxOrder, isNormalized: description.isNormalized, input)
          return try decoder.decode(
            logits: scores,
            boxes: stride(from: 0, to: values.count, by: 4).map { form.box(values, at: $0) })
        }
      }
    case .rows(let description):
      result = try withFloats(description.output, rowsOf: 7, of: request) { values in
        decoder.decode(rows(values, description, &dropped))
      }
    case .detections(let description):
      result = decoder.decode(try listed(description, of: request, &dropped))
    }
    dropped.add(result)
    return (result.detections, dropped)
  }

  /// Returns the network's output as the loss takes it.
  ///
  /// - Throws: ``RuntimeError`` where the network decodes its predictions itself.
  func predictions(of request: InferenceRequest) throws -> Predictions {
    guard case .heads(let heads) = outputs, let defaultBoxes, heads.sizes != .linear else {
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
        guard let defaultBoxes else { return try body(logits, offsets) }
        let width = offsets.count / max(defaultBoxes.count, 1)
        guard width >= 4, offsets.count == width * defaultBoxes.count else {
          throw RuntimeError(
            path: request.engine.path,
            reason: "output \(heads.offsets.name): expected \(defaultBoxes.count) boxes of 4 or"
              + " more numbers, found \(offsets.count) numbers")
        }
        let isSwapped = heads.offsetOrder == .centersYFirst
        if width == 4, !isSwapped { return try body(logits, offsets) }
        let order = isSwapped ? [1, 0, 3, 2] : [0, 1, 2, 3]
        var four: [Float] = []
        four.reserveCapacity(defaultBoxes.count * 4)
        for first in stride(from: 0, to: defaultBoxes.count * width, by: width) {
          for number in order { four.append(offsets[first + number]) }
        }
        return try four.withUnsafeBufferPointer { try body(logits, $0) }
      }
    }
  }

  /// Returns boxes whose sizes are offsets themselves, times the variance.
  private func linearBoxes(
    _ offsets: UnsafeBufferPointer<Float>, _ defaultBoxes: DefaultBoxes, _ coder: BoxCoder
  ) -> [Box] {
    defaultBoxes.centers.enumerated().map { index, center in
      let four = (0..<4).map { Double(offsets[index * 4 + $0]) }
      return Box(
        CenterBox(
          cx: center.cx + four[0] * coder.centerVariance * center.width,
          cy: center.cy + four[1] * coder.centerVariance * center.height,
          width: four[2] * coder.sizeVariance * center.width,
          height: four[3] * coder.sizeVariance * center.height))
    }
  }

  private func rows(
    _ values: UnsafeBufferPointer<Float>, _ description: DetectorDescription.Rows,
    _ dropped: inout DroppedDetections
  ) -> [Detection] {
    var result: [Detection] = []
    for first in stride(from: 0, to: values.count, by: 7) {
      // A negative image ends the rows.
      if values[first] < 0 { break }
      let box = Box(
        xMin: Double(values[first + 3]), yMin: Double(values[first + 4]),
        xMax: Double(values[first + 5]), yMax: Double(values[first + 6]))
      detection(
        label: values[first + 1], firstClass: description.firstClass, score: values[first + 2], box,
        &dropped
      ).map { result.append($0) }
    }
    return result
  }

  /// Returns what stands side by side in several outputs.
  private func listed(
    _ description: DetectorDescription.Detections, of request: InferenceRequest,
    _ dropped: inout DroppedDetections
  ) throws -> [Detection] {
    func values(_ output: DetectorDescription.Output) throws -> [Float] {
      try withFloats(output, of: request) { Array($0) }
    }
    let boxes = try values(description.boxes)
    let scores = try values(description.scores)
    let classes = try values(description.classes)
    func failure(_ output: DetectorDescription.Output, _ text: String) -> RuntimeError {
      RuntimeError(path: request.engine.path, reason: "output \(output.name): \(text)")
    }
    for (output, found) in [(description.scores, scores), (description.classes, classes)]
    where found.count * 4 != boxes.count {
      throw failure(output, "expected \(boxes.count / 4) values, as boxes, found \(found.count)")
    }
    var count = scores.count
    if let output = description.count {
      let found = try values(output)
      guard found.count == 1, let number = Int(exactly: found[0]), (0...count).contains(number)
      else { throw failure(output, "expected one number of 0…\(count), found \(found)") }
      count = number
    }
    let form = BoxForm(
      order: description.boxOrder, isNormalized: description.isNormalized, input)
    return boxes.withUnsafeBufferPointer { boxes in
      (0..<count).compactMap {
        detection(
          label: classes[$0], firstClass: description.firstClass, score: scores[$0],
          form.box(boxes, at: $0 * 4), &dropped)
      }
    }
  }

  /// Returns a detection that the network gives ready; nil, counted if its score matters, where its
  /// class has no name.
  private func detection(
    label: Float, firstClass: Int, score: Float, _ box: Box, _ dropped: inout DroppedDetections
  ) -> Detection? {
    let number = Int(exactly: label)
    let (index, overflows) = (number ?? 0).subtractingReportingOverflow(firstClass)
    if number != nil, !overflows, (0..<classCount).contains(index) {
      return Detection(box: box, classIndex: index + 1, score: Double(score))
    }
    if score >= Float(decoder.configuration.scoreThreshold) {
      if let number {
        dropped.unnamedClasses[number, default: 0] += 1
      } else {
        dropped.classesThatAreNoNumber += 1
      }
    }
    return nil
  }

  // MARK: Tensors

  /// Hands the class output to `body`, `D × K` with the background first.
  private func withFloats<Result>(
    _ classes: DetectorDescription.Classes, of request: InferenceRequest,
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    let width = classCount + (classes.hasBackground ? 1 : 0)
    return try withFloats(classes.output, rowsOf: width, of: request) { values in
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
  ///
  /// - Parameter width: of its rows; of a shape that the model leaves free it is known only now.
  private func withFloats<Result>(
    _ output: DetectorDescription.Output, rowsOf width: Int = 1, of request: InferenceRequest,
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    try request.withOutput(output.name) { elements, sizes in
      guard elements.count % width == 0 else {
        throw RuntimeError(
          path: request.engine.path,
          reason: "output \(output.name): expected rows of \(width), found sizes \(sizes)")
      }
      if let values = elements.floatsInPlace { return try body(UnsafeBufferPointer(values)) }
      if elements.element.isQuantized, output.scale == nil {
        throw FileError(
          path: request.engine.path,
          reason: "output \(output.name) is of 8 bit: expected its scale, found none")
      }
      guard let values = elements.floats(scale: output.scale ?? 1, zero: output.zeroPoint ?? 0)
      else {
        throw RuntimeError(
          path: request.engine.path,
          reason: "output \(output.name): expected numbers of 8 bit, integers or floating point")
      }
      return try values.withUnsafeBufferPointer(body)
    }
  }
}

/// How four numbers are a box.
private struct BoxForm {
  let order: DetectorDescription.BoxOrder
  let isNormalized: Bool
  let input: InputSpecification

  init(
    order: DetectorDescription.BoxOrder, isNormalized: Bool, _ input: InputSpecification
  ) {
    self.order = order
    self.isNormalized = isNormalized
    self.input = input
  }

  /// Returns a box in shares of the input.
  func box(_ values: UnsafeBufferPointer<Float>, at first: Int) -> Box {
    let four = (0..<4).map { Double(values[first + $0]) }
    let box =
      switch order {
      case .cornersXFirst: Box(xMin: four[0], yMin: four[1], xMax: four[2], yMax: four[3])
      case .cornersYFirst: Box(xMin: four[1], yMin: four[0], xMax: four[3], yMax: four[2])
      case .center:
        Box(CenterBox(cx: four[0], cy: four[1], width: four[2], height: four[3]))
      }
    if isNormalized { return box }
    return PixelBox(xMin: box.xMin, yMin: box.yMin, xMax: box.xMax, yMax: box.yMax)
      .normalized(width: input.width, height: input.height)
  }
}

extension DetectorDescription.Outputs {
  /// The class output, where there is one.
  fileprivate var classes: DetectorDescription.Classes? {
    switch self {
    case .heads(let heads): heads.classes
    case .boxes(let boxes): boxes.classes
    case .rows, .detections: nil
    }
  }
}
