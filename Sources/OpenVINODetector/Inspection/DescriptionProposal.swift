import Detectors
import Files
import Foundation
import ModelFiles
import MultiBox
import NetworkInput

/// A description that is guessed from shapes and from the numbers of one computation.
struct DescriptionProposal {
  private(set) var remarks: [String] = []
  private let input: ModelPort?
  private let outputs: [ModelPort]

  init(_ engine: InferenceEngine) {
    input = engine.inputs.count == 1 ? engine.inputs[0] : nil
    outputs = engine.outputs
  }

  /// Values of an output, 8-bit ones as they are.
  struct Values {
    let port: ModelPort
    let sizes: [Int]
    let values: [Float]
    /// The output's rows: all but the last dimension.
    var rowCount: Int { sizes.dropLast().reduce(1, *) }
    var width: Int { sizes.last ?? 0 }
    var isUnitRange: Bool { values.allSatisfy { (-1e-4...1.0001).contains($0) } }
    func row(_ index: Int) -> ArraySlice<Float> {
      values[index * width..<(index + 1) * width]
    }
  }

  mutating func description(of engine: InferenceEngine) throws -> DetectorDescription? {
    guard let input, let size = size(input) else {
      if remarks.isEmpty {
        remarks.append("not one image as input: [1, 3, height, width] or [1, height, width, 3]")
      }
      return nil
    }
    let request = try InferenceRequest(engine)
    try request.withInput { elements in
      switch elements.element {
      case .uint8: elements.typed(UInt8.self).update(repeating: 128)
      case .float32: elements.typed(Float.self).update(repeating: 0)
      case .int8: elements.typed(Int8.self).update(repeating: 0)
      case .float16: elements.typed(UInt16.self).update(repeating: 0)
      default: break
      }
    }
    try request.run()
    var found: [Values] = []
    for port in outputs where port.element != .other {
      found.append(
        try request.withOutput(port.name) { elements, sizes in
          Values(port: port, sizes: sizes, values: elements.floats(scale: 1, zero: 0) ?? [])
        })
    }
    if let form = YOLOForm(found.map(\.sizes), width: size.width, height: size.height) {
      remarks.append(form.remark)
      return nil
    }
    guard
      let (outputs, classCount) = try proposedOutputs(found, input: size, path: engine.path)
    else {
      remarks.append(
        "no output looks like boxes, offsets (last size 4) with classes beside them, or rows (7)")
      return nil
    }
    if let classCount {
      remarks.append(
        "classNames: "
          + (classCount == 1 ? "the name of the class" : "the names of the \(classCount) classes"))
    } else {
      remarks.append(
        "classNames: the model does not tell how many classes it has; all names are needed")
    }
    var proposed = InputSpecification(
      width: size.width, height: size.height,
      normalization: ImageNormalization(
        mean: [127.5, 127.5, 127.5], standardDeviation: [127.5, 127.5, 127.5]))
    proposed.isRoundedToBytes = input.element.isQuantized
    if !input.element.isQuantized {
      remarks.append("input.normalization: what the training used; here (value − 127.5) / 127.5")
    }
    remarks.append(
      "input.channelOrder, resize and filter: what the training used; here rgb, stretch, antialiased"
    )
    return DetectorDescription(
      name: engine.path.lastPart.withoutExtension,
      classNames: ClassNames((1...(classCount ?? 1)).map { "class \($0)" }), input: proposed,
      outputs: outputs)
  }

  /// The size of the one image that goes in; nil, with a remark, where it is not known.
  private mutating func size(_ input: ModelPort) -> (width: Int, height: Int)? {
    let shape = input.shape.count == 4 ? Array(input.shape.dropFirst()) : input.shape
    guard shape.count == 3, shape[0] == 3 || shape[2] == 3 else { return nil }
    let size = shape[0] == 3 ? shape.dropFirst() : shape.dropLast()
    guard let height = size[size.startIndex], let width = size[size.startIndex + 1] else {
      remarks.append(
        "input.width, height: the model leaves them free, as \(input); --size 640x480 sets them")
      return nil
    }
    guard [.float32, .float16, .uint8, .int8].contains(input.element) else {
      remarks.append("input: expected float32, float16, uint8 or int8, found \(input)")
      return nil
    }
    return (width, height)
  }

  private mutating func proposedOutputs(
    _ found: [Values], input: (width: Int, height: Int), path: String
  ) throws -> (DetectorDescription.Outputs, classCount: Int?)? {
    if let listed = listedDetections(found) { return (.detections(listed), nil) }
    if let rows = found.first(where: { $0.width == 7 && $0.sizes.count <= 4 && $0.sizes.count > 1 })
    {
      remarks.append("outputs: taken for rows of image, class, score, xMin, yMin, xMax, yMax")
      return (
        .rows(DetectorDescription.Rows(output(rows.port))),
        try DetectionOutputLayer.classCount(ofModel: path)
      )
    }
    // Boxes and classes have as many rows; where both have four columns the classes come first.
    for boxes in found.reversed() where boxes.width == 4 && boxes.rowCount > 1 {
      let beside = found.first {
        $0.port != boxes.port && $0.rowCount == boxes.rowCount && $0.width > 0
      }
      guard let scores = beside else { continue }
      let classes = proposedClasses(scores)
      let count = scores.width - (classes.hasBackground ? 1 : 0)
      guard count > 0 else { continue }
      return (proposedBoxes(boxes, classes, input), count)
    }
    return offsetsWithMore(found)
  }

  /// Offsets that landmarks follow have more than four numbers a box: a second output has as many
  /// rows of fewer.
  private mutating func offsetsWithMore(
    _ found: [Values]
  ) -> (DetectorDescription.Outputs, classCount: Int?)? {
    for offsets in found where offsets.width > 4 && offsets.rowCount > 16 {
      guard
        let scores = found.first(where: {
          $0.port != offsets.port && $0.rowCount == offsets.rowCount && $0.width < 4
        })
      else { continue }
      let classes = proposedClasses(scores)
      let count = scores.width - (classes.hasBackground ? 1 : 0)
      guard count > 0 else { continue }
      remarks.append(
        "outputs.offsets: the first four of \(offsets.width) numbers a box are taken; with"
          + " sizes that are no logarithms, as BlazeFace's, outputs.sizes is linear")
      remarks.append(
        "outputs.defaultBoxes: \(offsets.rowCount) boxes; a specification, or a tensor of a file")
      remarks.append("outputs.offsetOrder, boxCoder: the variances of the training")
      return (
        .heads(
          DetectorDescription.Heads(
            classes: classes, offsets: output(offsets.port), boxCoder: BoxCoder(),
            defaultBoxes: .file("default_boxes.safetensors", tensor: "default_boxes"))),
        count
      )
    }
    return nil
  }

  /// Boxes, scores and classes by the names that TensorFlow's Object Detection API and torchvision
  /// give them.
  private mutating func listedDetections(
    _ found: [Values]
  ) -> DetectorDescription.Detections? {
    func named(_ names: String...) -> Values? {
      // TensorFlow's names end with the number of the output, as `detection_boxes:0`.
      found.first { values in
        names.contains(String(values.port.name.prefix { $0 != ":" }))
      }
    }
    if let boxes = named("detection_boxes"), let scores = named("detection_scores"),
      let classes = named("detection_classes"), boxes.width == 4
    {
      remarks.append(
        "outputs: named as TensorFlow's Object Detection API does, with boxes as yMin, xMin, yMax,"
          + " xMax in 0…1 and classes from 1")
      return DetectorDescription.Detections(
        boxes: output(boxes.port), boxOrder: .cornersYFirst, isNormalized: true,
        scores: output(scores.port), classes: output(classes.port),
        count: named("num_detections").map { output($0.port) })
    }
    if let boxes = named("boxes"), let scores = named("scores"), let classes = named("labels"),
      boxes.width == 4
    {
      remarks.append(
        "outputs: named as torchvision does, with boxes as xMin, yMin, xMax, yMax in pixels of the"
          + " input and classes from 1")
      return DetectorDescription.Detections(
        boxes: output(boxes.port), boxOrder: .cornersXFirst, isNormalized: false,
        scores: output(scores.port), classes: output(classes.port))
    }
    return nil
  }

  private mutating func proposedClasses(_ scores: Values) -> DetectorDescription.Classes {
    var function = ScoreFunction.identity
    var hasBackground = scores.width > 1
    if scores.port.element.isQuantized {
      remarks.append("outputs.classes: 8 bit, taken for ready scores; scale and zeroPoint to check")
    } else if !scores.isUnitRange, scores.width == 1 {
      // A softmax over one number is 1, whatever that is.
      function = .sigmoid
      remarks.append("outputs.classes.scoreFunction: logits of one class, so sigmoid")
    } else if !scores.isUnitRange {
      function = .softmax
      remarks.append("outputs.classes.scoreFunction: logits, softmax or sigmoid to be chosen")
    } else if hasBackground {
      let sums = (0..<scores.rowCount).map { scores.row($0).reduce(0, +) }
      // Ready scores that do not add up to 1 are sigmoids: a background is then as good as none.
      hasBackground = sums.allSatisfy { abs($0 - 1) < 0.01 }
    }
    if hasBackground { remarks.append("outputs.classes.hasBackground: taken to be the first") }
    return DetectorDescription.Classes(
      output(scores.port), scoreFunction: function, hasBackground: hasBackground)
  }

  private mutating func proposedBoxes(
    _ boxes: Values, _ classes: DetectorDescription.Classes, _ input: (width: Int, height: Int)
  ) -> DetectorDescription.Outputs {
    let ordered = (0..<boxes.rowCount).count {
      let row = Array(boxes.row($0))
      return row[0] <= row[2] && row[1] <= row[3]
    }
    let largest = boxes.values.reduce(0) { max($0, abs($1)) }
    // Decoded boxes have their corners in order, all of them; offsets only by chance.
    if !boxes.port.element.isQuantized, ordered * 100 >= boxes.rowCount * 99 {
      remarks.append("outputs.boxes: taken for corners, as they are in order; x first to check")
      return .boxes(
        DetectorDescription.DecodedBoxes(
          classes: classes, boxes: output(boxes.port), isNormalized: largest < 4))
    }
    let preset = DefaultBoxPreset.allCases.first {
      let specification = $0.specification()
      return specification.boxCount == boxes.rowCount
        && specification.imageWidthInPixels == input.width
    }
    if let preset {
      remarks.append(
        "outputs.defaultBoxes: \(preset.rawValue) has as many; order and sizes to check")
    } else {
      remarks.append(
        "outputs.defaultBoxes: \(boxes.rowCount) boxes; a specification, or a tensor of a file")
    }
    remarks.append("outputs.offsetOrder, boxCoder: the variances of the training")
    return .heads(
      DetectorDescription.Heads(
        classes: classes, offsets: output(boxes.port), boxCoder: BoxCoder(),
        defaultBoxes: preset.map { .preset($0, clipping: .none) }
          ?? .file("default_boxes.safetensors", tensor: "default_boxes")))
  }

  private func output(_ port: ModelPort) -> DetectorDescription.Output {
    let isQuantized = port.element.isQuantized
    return DetectorDescription.Output(
      port.name, scale: isQuantized ? 1 / 256 : nil, zeroPoint: isQuantized ? 0 : nil)
  }
}
