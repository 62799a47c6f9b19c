import Detectors
import Foundation
import MultiBox
import NetworkInput

/// The inputs and outputs of a model file, the description that it carries, and one that is
/// proposed where it carries none.
public struct ModelInspection: Sendable {
  /// The model's path.
  public let path: String
  /// The inputs.
  public let inputs: [ModelPort]
  /// The outputs.
  public let outputs: [ModelPort]
  /// The model brings the description along in its metadata.
  public let carriesDescription: Bool
  /// Known descriptions whose input and outputs are those of the model.
  public let known: [KnownDescription]
  /// Its own description, a known one that fits, or the proposal; nil where the model does not look
  /// like a detector.
  public let description: DetectorDescription?
  /// Remarks on the proposal that a person must look at before using it, as the model does not
  /// tell.
  public let remarks: [String]

  /// Reads a model and computes it once, on a grey image, to see what its numbers look like.
  ///
  /// - Parameter path: of any model that OpenVINO reads.
  /// - Throws: `FileError` or ``RuntimeError`` naming the file.
  public init(model path: String) throws {
    let metadata = try DetectorDescription.metadata(ofModel: path)
    let engine = try InferenceEngine(
      path: path, precision: .float32,
      threadCount: ProcessInfo.processInfo.activeProcessorCount, mode: .latency)
    self.path = path
    inputs = engine.inputs
    outputs = engine.outputs
    carriesDescription = metadata != nil
    known = KnownDescription.allCases.filter { $0.fits(engine) }
    if let metadata {
      description = try DetectorDescription(json: Data(metadata.utf8), path: "\(path): metadata")
      remarks = []
    } else if let known = known.first {
      description = try known.description
      remarks = []
    } else {
      var proposal = DescriptionProposal(engine)
      description = try proposal.description(of: engine)
      remarks = proposal.remarks
    }
  }
}

extension KnownDescription {
  /// Whether a model has the input and outputs of the description.
  fileprivate func fits(_ engine: InferenceEngine) -> Bool {
    guard let description = try? description else { return false }
    let (width, height) = (description.input.width, description.input.height)
    let shape = engine.inputs.first?.shape
    return engine.inputs.count == 1
      && (shape == [1, 3, height, width] || shape == [1, height, width, 3])
      && description.outputs.all.allSatisfy { engine.output(named: $0.name) != nil }
  }
}

/// A description that is guessed from shapes and from the numbers of one computation.
private struct DescriptionProposal {
  private(set) var remarks: [String] = []
  private let input: ModelPort?
  private let outputs: [ModelPort]

  init(_ engine: InferenceEngine) {
    input = engine.inputs.count == 1 ? engine.inputs[0] : nil
    outputs = engine.outputs
  }

  /// Values of an output, 8-bit ones as they are.
  private struct Values {
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
    guard let input, let size = Self.size(input.shape) else {
      remarks.append("not one image as input: [1, 3, height, width] or [1, height, width, 3]")
      return nil
    }
    let request = try InferenceRequest(engine)
    try request.withInput { elements in
      switch elements {
      case .float32(let values): values.update(repeating: 0)
      case .uint8(let bytes): bytes.update(repeating: 128)
      }
    }
    try request.run()
    var found: [Values] = []
    for port in outputs where port.element != .other {
      found.append(
        try request.withOutput(port.name) { elements, sizes in
          switch elements {
          case .float32(let values): Values(port: port, sizes: sizes, values: Array(values))
          case .uint8(let bytes): Values(port: port, sizes: sizes, values: bytes.map { Float($0) })
          }
        })
    }
    guard let (outputs, classCount) = proposedOutputs(found, input: size) else {
      remarks.append(
        "no output looks like boxes, offsets (last size 4) with classes beside them, or rows (7)")
      return nil
    }
    remarks.append("classNames: the names of the \(classCount) classes")
    var proposed = InputSpecification(
      width: size.width, height: size.height,
      normalization: ImageNormalization(
        mean: [127.5, 127.5, 127.5], standardDeviation: [127.5, 127.5, 127.5]))
    proposed.isRoundedToBytes = input.element == .uint8
    if input.element == .float32 {
      remarks.append("input.normalization: what the training used; here (value − 127.5) / 127.5")
    }
    remarks.append(
      "input.channelOrder, resize and filter: what the training used; here rgb, stretch, antialiased"
    )
    return DetectorDescription(
      name: ((engine.path as NSString).lastPathComponent as NSString).deletingPathExtension,
      classNames: ClassNames((1...classCount).map { "class \($0)" }), input: proposed,
      outputs: outputs)
  }

  private static func size(_ shape: [Int?]) -> (width: Int, height: Int)? {
    guard shape.count == 4, let a = shape[1], let b = shape[2], let c = shape[3] else { return nil }
    if a == 3 { return (c, b) }
    return c == 3 ? (b, a) : nil
  }

  private mutating func proposedOutputs(
    _ found: [Values], input: (width: Int, height: Int)
  ) -> (DetectorDescription.Outputs, classCount: Int)? {
    if let rows = found.first(where: { $0.width == 7 && $0.sizes.count <= 4 && $0.sizes.count > 1 })
    {
      remarks.append("outputs: taken for rows of image, class, score, xMin, yMin, xMax, yMax")
      let labels = (0..<rows.rowCount).map { rows.row($0) }.filter { ($0.first ?? -1) >= 0 }
        .map { $0[$0.startIndex + 1] }
      return (
        .rows(DetectorDescription.Rows(output(rows.port))), max(1, Int(labels.max() ?? 1))
      )
    }
    // Boxes and classes have as many rows; where both have four columns the classes come first.
    for boxes in found.reversed() where boxes.width == 4 {
      let beside = found.first {
        $0.port != boxes.port && $0.rowCount == boxes.rowCount && $0.width > 0
      }
      guard let scores = beside else { continue }
      let classes = proposedClasses(scores)
      let count = scores.width - (classes.hasBackground ? 1 : 0)
      guard count > 0 else { continue }
      return (proposedBoxes(boxes, classes, input), count)
    }
    return nil
  }

  private mutating func proposedClasses(_ scores: Values) -> DetectorDescription.Classes {
    var function = ScoreFunction.identity
    var hasBackground = scores.width > 1
    if scores.port.element == .uint8 {
      remarks.append("outputs.classes: 8 bit, taken for ready scores; scale and zeroPoint to check")
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
    if boxes.port.element == .float32, ordered * 100 >= boxes.rowCount * 99 {
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
    let isQuantized = port.element == .uint8
    return DetectorDescription.Output(
      port.name, scale: isQuantized ? 1 / 256 : nil, zeroPoint: isQuantized ? 0 : nil)
  }
}
