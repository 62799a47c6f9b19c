import MultiBox

extension DetectorDescription {
  /// What comes out of the network, by `kind`.
  public enum Outputs: Hashable, Sendable {
    /// `heads`: class output `[1, D, K]` and offsets `[1, D, 4]` relative to default boxes.
    case heads(Heads)
    /// `boxes`: class output `[1, D, K]` and boxes `[1, D, 4]`, decoded by the network.
    case boxes(DecodedBoxes)
    /// `rows`: what `DetectionOutput` gives, `[…, M, 7]`: image, class, score, xMin, yMin, xMax,
    /// yMax, normalized, suppressed by the network; a negative image ends them.
    case rows(Rows)
  }

  /// A tensor that the network gives.
  public struct Output: Hashable, Sendable, Codable {
    public var name: String
    /// Of an 8-bit tensor: value = scale · (byte − zeroPoint).
    public var scale: Float?
    public var zeroPoint: Int?

    public init(_ name: String, scale: Float? = nil, zeroPoint: Int? = nil) {
      self.name = name
      self.scale = scale
      self.zeroPoint = zeroPoint
    }
  }

  /// The class output, whatever stands beside it.
  public struct Classes: Hashable, Sendable, Codable {
    public var output: Output
    /// What makes scores of it.
    public var scoreFunction: ScoreFunction
    /// Whether the first of the `K` is the background.
    public var hasBackground: Bool

    public init(_ output: Output, scoreFunction: ScoreFunction, hasBackground: Bool = true) {
      self.output = output
      self.scoreFunction = scoreFunction
      self.hasBackground = hasBackground
    }
  }

  /// Order of the four numbers of an offset: centres first, or as TensorFlow has it.
  public enum OffsetOrder: String, Hashable, Sendable, Codable, CaseIterable {
    case centersXFirst = "cx,cy,w,h"
    case centersYFirst = "cy,cx,h,w"
  }

  /// Raw heads.
  public struct Heads: Hashable, Sendable, Codable {
    public var classes: Classes
    public var offsets: Output
    public var offsetOrder: OffsetOrder
    /// The variances, and the limit on size offsets.
    public var boxCoder: BoxCoder
    public var defaultBoxes: DefaultBoxSource

    public init(
      classes: Classes, offsets: Output, offsetOrder: OffsetOrder = .centersXFirst,
      boxCoder: BoxCoder, defaultBoxes: DefaultBoxSource
    ) {
      self.classes = classes
      self.offsets = offsets
      self.offsetOrder = offsetOrder
      self.boxCoder = boxCoder
      self.defaultBoxes = defaultBoxes
    }
  }

  /// Order of the four numbers of a box.
  public enum BoxOrder: String, Hashable, Sendable, Codable, CaseIterable {
    case cornersXFirst = "xMin,yMin,xMax,yMax"
    case cornersYFirst = "yMin,xMin,yMax,xMax"
    case center = "cx,cy,w,h"
  }

  /// Boxes that the network decodes.
  public struct DecodedBoxes: Hashable, Sendable, Codable {
    public var classes: Classes
    public var boxes: Output
    public var boxOrder: BoxOrder
    /// Whether boxes are in 0…1 of the input, or in its pixels.
    public var isNormalized: Bool

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
    public var output: Output
    /// The number that the rows give the first class; 1 where 0 is the background.
    public var firstClass: Int

    public init(_ output: Output, firstClass: Int = 1) {
      self.output = output
      self.firstClass = firstClass
    }
  }

  /// Where the default boxes come from.
  public enum DefaultBoxSource: Hashable, Sendable {
    /// `preset` and `clipping`.
    case preset(DefaultBoxPreset, clipping: DefaultBoxSpecification.Clipping)
    /// `specification`.
    case specification(DefaultBoxSpecification)
    /// `file` and `tensor`: `[D, 4]` in a safetensors file, cx, cy, w, h, normalized; the path is
    /// relative to the description's own file, or for one of a known model to the model.
    case file(String, tensor: String)
  }
}

extension DetectorDescription.Outputs: Codable {
  private enum Kind: String, Codable {
    case heads, boxes, rows
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
    }
  }
}

extension DetectorDescription.DefaultBoxSource: Codable {
  private enum CodingKeys: String, CodingKey {
    case preset, clipping, specification, file, tensor
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    if let preset = try values.decodeIfPresent(DefaultBoxPreset.self, forKey: .preset) {
      let clipping = try values.decodeIfPresent(
        DefaultBoxSpecification.Clipping.self, forKey: .clipping)
      self = .preset(preset, clipping: clipping ?? .none)
    } else if let file = try values.decodeIfPresent(String.self, forKey: .file) {
      self = .file(file, tensor: try values.decode(String.self, forKey: .tensor))
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
    }
  }
}
