import ModelFiles
import MultiBox

extension DetectorDescription {
  /// The tensors that come out of the network, by `kind`.
  public enum Outputs: Hashable, Sendable {
    /// `heads`: class output `[1, D, K]` and offsets `[1, D, 4]` relative to default boxes.
    case heads(Heads)
    /// `boxes`: class output `[1, D, K]` and boxes `[1, D, 4]`, decoded by the network.
    case boxes(DecodedBoxes)
    /// `rows`: what `DetectionOutput` gives, `[…, M, 7]`: image, class, score, xMin, yMin, xMax,
    /// yMax, normalized, suppressed by the network; a negative image ends them.
    case rows(Rows)
    /// `detections`: boxes, scores and classes side by side in tensors of their own, decoded and
    /// suppressed by the network.
    case detections(Detections)
  }

  /// A tensor that the network gives.
  public struct Output: Hashable, Sendable, Codable {
    /// The tensor's name.
    public var name: String
    /// The scale of an 8-bit tensor: value = scale · (byte − zeroPoint).
    public var scale: Float?
    /// The byte that means 0 in an 8-bit tensor.
    public var zeroPoint: Int?

    /// Names a tensor, and says what bytes mean in one of 8 bit.
    ///
    /// - Parameters:
    ///   - name: the tensor's name.
    ///   - scale: of an 8-bit tensor.
    ///   - zeroPoint: of an 8-bit tensor.
    public init(_ name: String, scale: Float? = nil, zeroPoint: Int? = nil) {
      self.name = name
      self.scale = scale
      self.zeroPoint = zeroPoint
    }
  }

  /// The class output, whatever stands beside it.
  public struct Classes: Hashable, Sendable, Codable {
    /// The tensor, `[1, D, K]`.
    public var output: Output
    /// The function that makes scores of it.
    public var scoreFunction: ScoreFunction
    /// The first of the `K` is the background.
    public var hasBackground: Bool

    /// Describes a class output.
    ///
    /// - Parameters:
    ///   - output: the tensor.
    ///   - scoreFunction: makes scores of it.
    ///   - hasBackground: the first of the `K` is the background.
    public init(_ output: Output, scoreFunction: ScoreFunction, hasBackground: Bool = true) {
      self.output = output
      self.scoreFunction = scoreFunction
      self.hasBackground = hasBackground
    }
  }

  /// Order of the four numbers of an offset: centres first, or as TensorFlow has it.
  public enum OffsetOrder: String, Hashable, Sendable, Codable, CaseIterable {
    /// Centre x, centre y, width, height.
    case centersXFirst = "cx,cy,w,h"
    /// Centre y, centre x, height, width, as TensorFlow has it.
    case centersYFirst = "cy,cx,h,w"
  }

  /// Meaning of the last two numbers of an offset.
  public enum SizeForm: String, Hashable, Sendable, Codable, CaseIterable {
    /// Logarithms of the box's sides, in sides of the default box: SSD.
    case logarithmic
    /// The box's sides themselves, in sides of the default box: BlazeFace.
    case linear
  }

  /// Raw heads.
  public struct Heads: Hashable, Sendable, Codable {
    /// The class output.
    public var classes: Classes
    /// The offsets, `[1, D, 4]`; of more numbers a box the first four are taken.
    public var offsets: Output
    /// The order of the four numbers.
    public var offsetOrder: OffsetOrder
    /// The meaning of the sizes; nil: logarithmic.
    public var sizes: SizeForm?
    /// The variances, and the limit on size offsets.
    public var boxCoder: BoxCoder
    /// The source of the D default boxes.
    public var defaultBoxes: DefaultBoxSource

    /// Describes raw heads.
    public init(
      classes: Classes, offsets: Output, offsetOrder: OffsetOrder = .centersXFirst,
      sizes: SizeForm? = nil, boxCoder: BoxCoder, defaultBoxes: DefaultBoxSource
    ) {
      self.classes = classes
      self.offsets = offsets
      self.offsetOrder = offsetOrder
      self.sizes = sizes
      self.boxCoder = boxCoder
      self.defaultBoxes = defaultBoxes
    }
  }

  /// Order of the four numbers of a box.
  public enum BoxOrder: String, Hashable, Sendable, Codable, CaseIterable {
    /// Left, top, right, bottom.
    case cornersXFirst = "xMin,yMin,xMax,yMax"
    /// Top, left, bottom, right, as TensorFlow has it.
    case cornersYFirst = "yMin,xMin,yMax,xMax"
    /// Centre x, centre y, width, height.
    case center = "cx,cy,w,h"
  }

  /// Boxes that the network decodes.
  public struct DecodedBoxes: Hashable, Sendable, Codable {
    /// The class output.
    public var classes: Classes
    /// The boxes, `[1, D, 4]`.
    public var boxes: Output
    /// The order of the four numbers.
    public var boxOrder: BoxOrder
    /// Boxes are in 0…1 of the input, else in its pixels.
    public var isNormalized: Bool

    /// Describes boxes that the network decodes.
    public init(
      classes: Classes, boxes: Output, boxOrder: BoxOrder = .cornersXFirst,
      isNormalized: Bool = true
    ) {
      self.classes = classes
      self.boxes = boxes
      self.boxOrder = boxOrder
      self.isNormalized = isNormalized
    }
  }

  /// Rows of detections.
  public struct Rows: Hashable, Sendable, Codable {
    /// The tensor, `[…, M, 7]`.
    public var output: Output
    /// The number that the rows give the first class; 1 where 0 is the background.
    public var firstClass: Int

    /// Describes rows of detections.
    ///
    /// - Parameters:
    ///   - output: the tensor.
    ///   - firstClass: the number that the rows give the first class.
    public init(_ output: Output, firstClass: Int = 1) {
      self.output = output
      self.firstClass = firstClass
    }
  }

  /// Detections as tensors of their own, as TensorFlow's Object Detection API and torchvision give
  /// them.
  public struct Detections: Hashable, Sendable, Codable {
    /// The boxes, `[…, M, 4]`.
    public var boxes: Output
    /// The order of the four numbers.
    public var boxOrder: BoxOrder
    /// Boxes are in 0…1 of the input, else in its pixels.
    public var isNormalized: Bool
    /// The scores, `[…, M]`.
    public var scores: Output
    /// The numbers of the classes, `[…, M]`.
    public var classes: Output
    /// One number: how many of the M are detections; nil where all are.
    public var count: Output?
    /// The number that the first class has; 1 where 0 is the background.
    public var firstClass: Int

    /// Describes detections in tensors of their own.
    public init(
      boxes: Output, boxOrder: BoxOrder, isNormalized: Bool, scores: Output, classes: Output,
      count: Output? = nil, firstClass: Int = 1
    ) {
      self.boxes = boxes
      self.boxOrder = boxOrder
      self.isNormalized = isNormalized
      self.scores = scores
      self.classes = classes
      self.count = count
      self.firstClass = firstClass
    }
  }

  /// The source of the default boxes.
  public enum DefaultBoxSource: Hashable, Sendable {
    /// `preset` and `clipping`.
    case preset(DefaultBoxPreset, clipping: DefaultBoxSpecification.Clipping)
    /// `specification`.
    case specification(DefaultBoxSpecification)
    /// `file` and `tensor`: `[D, 4]` in a safetensors file, cx, cy, w, h, normalized; the path is
    /// relative to the description's own file, or for one of a known model to the model.
    case file(String, tensor: String)
    /// `operator`: the model's own operator `TFLite_Detection_PostProcess`.
    case detectionOperator
  }
}

extension DetectorDescription.Outputs: Codable {
  private enum Kind: String, Codable {
    case heads, boxes, rows, detections
  }

  private enum CodingKeys: String, CodingKey {
    case kind
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    switch try values.decode(Kind.self, forKey: .kind) {
    case .heads: self = .heads(try DetectorDescription.Heads(from: decoder))
    case .boxes: self = .boxes(try DetectorDescription.DecodedBoxes(from: decoder))
    case .rows: self = .rows(try DetectorDescription.Rows(from: decoder))
    case .detections:
      self = .detections(try DetectorDescription.Detections(from: decoder))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .heads(let heads):
      try values.encode(Kind.heads, forKey: .kind)
      try heads.encode(to: encoder)
    case .boxes(let boxes):
      try values.encode(Kind.boxes, forKey: .kind)
      try boxes.encode(to: encoder)
    case .rows(let rows):
      try values.encode(Kind.rows, forKey: .kind)
      try rows.encode(to: encoder)
    case .detections(let detections):
      try values.encode(Kind.detections, forKey: .kind)
      try detections.encode(to: encoder)
    }
  }
}

extension DetectorDescription.DefaultBoxSource: Codable {
  private enum CodingKeys: String, CodingKey {
    case preset, clipping, specification, file, tensor
    case detectionOperator = "operator"
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    if let preset = try values.decodeIfPresent(DefaultBoxPreset.self, forKey: .preset) {
      let clipping = try values.decodeIfPresent(
        DefaultBoxSpecification.Clipping.self, forKey: .clipping)
      self = .preset(preset, clipping: clipping ?? .none)
    } else if let file = try values.decodeIfPresent(String.self, forKey: .file) {
      self = .file(file, tensor: try values.decode(String.self, forKey: .tensor))
    } else if let name = try values.decodeIfPresent(String.self, forKey: .detectionOperator) {
      guard name == TFLiteModel.DetectionOperator.name else {
        throw DecodingError.dataCorruptedError(
          forKey: .detectionOperator, in: values,
          debugDescription: "expected \(TFLiteModel.DetectionOperator.name), found \(name)")
      }
      self = .detectionOperator
    } else {
      self = .specification(
        try values.decode(DefaultBoxSpecification.self, forKey: .specification))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .preset(let preset, let clipping):
      try values.encode(preset, forKey: .preset)
      try values.encode(clipping, forKey: .clipping)
    case .specification(let specification):
      try values.encode(specification, forKey: .specification)
    case .file(let file, let tensor):
      try values.encode(file, forKey: .file)
      try values.encode(tensor, forKey: .tensor)
    case .detectionOperator:
      try values.encode(TFLiteModel.DetectionOperator.name, forKey: .detectionOperator)
    }
  }
}
