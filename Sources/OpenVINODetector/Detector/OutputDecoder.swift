import Detectors
import Files
import MultiBox
import NetworkInput

/// Makes detections of what a network gives, as its description says.
struct OutputDecoder: Sendable {
  private let outputs: DetectorDescription.Outputs
  private let input: InputSpecification
  private let decoder: DetectionDecoder
  private let ready: ReadyDetections
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
      try heads.offsets.check([count, max(width, 4)], engine)
    case .boxes(let boxes):
      defaultBoxes = nil
      try boxes.boxes.check([nil, 4], engine)
    case .rows(let rows):
      defaultBoxes = nil
      try rows.output.check([nil, 7], engine)
    case .detections(let detections):
      defaultBoxes = nil
      try detections.boxes.check([nil, 4], engine)
      for output in [detections.scores, detections.classes] + [detections.count].compactMap(\.self)
      {
        try output.check([], engine)
      }
    }
    if let classes = outputs.classes {
      try classes.output.check([count, classes.width(classCount: classCount)], engine)
    }
    decoder = DetectionDecoder(description.decoding(scoreThreshold: scoreThreshold))
    ready = ReadyDetections(
      classCount: classCount, scoreThreshold: decoder.configuration.scoreThreshold, input: input)
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
      result = try description.classes.withFloats(classCount: classCount, of: request) { scores in
        try description.boxes.withFloats(rowsOf: 4, of: request) { values in
          let form = BoxForm(
            order: description.boxOrder, isNormalized: description.isNormalized, input)
          return try decoder.decode(
            logits: scores,
            boxes: stride(from: 0, to: values.count, by: 4).map { form.box(values, at: $0) })
        }
      }
    case .rows(let description):
      result = decoder.decode(try ready.detections(description, of: request, &dropped))
    case .detections(let description):
      result = decoder.decode(try ready.detections(description, of: request, &dropped))
    }
    dropped.add(result)
    return (result.detections, dropped)
  }

  /// The outputs that the loss takes, with their boxes; nil where the network decodes its
  /// predictions itself.
  private var predicted: (heads: DetectorDescription.Heads, defaultBoxes: DefaultBoxes)? {
    guard case .heads(let heads) = outputs, let defaultBoxes, heads.sizes != .linear else {
      return nil
    }
    return (heads, defaultBoxes)
  }

  /// The network's output is such as the loss takes.
  var givesPredictions: Bool { predicted != nil }

  /// Returns the network's output as the loss takes it.
  ///
  /// - Throws: ``RuntimeError`` where the network decodes its predictions itself.
  func predictions(of request: InferenceRequest) throws -> Predictions {
    guard let (heads, defaultBoxes) = predicted else {
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
    try heads.classes.withFloats(classCount: classCount, of: request) { logits in
      try heads.offsets.withFloats(of: request) { offsets in
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
