/// A plan of the default boxes of a detector: the size, step and shapes of each feature map.
///
/// Boxes come out in the order map, row, column, shape. A value of this type is `Codable`, and a
/// trained detector carries its own.
public struct DefaultBoxSpecification: Hashable, Sendable, Codable {
  /// The treatment of default boxes that leave the image.
  ///
  /// The implementations differ here: the original code clips nothing, or corners where its layer's
  /// `clip` is set, as in its first version; torchvision clips the sizes, ssd.pytorch centre and
  /// size.
  public enum Clipping: String, Hashable, Sendable, Codable, CaseIterable {
    /// Boxes stay as they are generated.
    case none
    /// Width and height are limited to 0…1 of the image.
    case sizes
    /// Centre, width and height are each limited to 0…1 of the image.
    case all
    /// The corners are limited to 0…1 of the image.
    ///
    /// Centre and size are those of the rest, so that the centre of a box at the border moves
    /// inward.
    case corners
  }

  /// Width and height of one default box, in pixels of the network's input.
  public struct Shape: Hashable, Sendable, Codable {
    /// Width in pixels, above 0.
    public var width: Double
    /// Height in pixels, above 0.
    public var height: Double

    private enum CodingKeys: String, CodingKey, CaseIterable { case width, height }

    public init(from decoder: any Decoder) throws {
      let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
      width = try values.decode(Double.self, forKey: .width)
      height = try values.decode(Double.self, forKey: .height)
    }

    /// Creates a shape.
    public init(width: Double, height: Double) {
      self.width = width
      self.height = height
    }
  }

  /// A grid of cells, each with the same default-box shapes around its centre.
  public struct FeatureMap: Hashable, Sendable, Codable {
    /// The number of rows, above 0.
    public var rows: Int
    /// The number of columns, above 0.
    public var columns: Int
    /// The distance between neighbouring centres in pixels; nil divides the image evenly.
    ///
    /// Centres are then at (i + ½) / columns and (j + ½) / rows.
    public var stepInPixels: Double?
    /// The shapes of the default boxes of a cell, in pixels.
    public var shapes: [Shape]

    private enum CodingKeys: String, CodingKey, CaseIterable {
      case rows, columns, stepInPixels, shapes
    }

    /// Decodes the numbers as they stand; the specification checks them.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
      rows = try values.decode(Int.self, forKey: .rows)
      columns = try values.decode(Int.self, forKey: .columns)
      stepInPixels = try values.decodeIfPresent(Double.self, forKey: .stepInPixels)
      shapes = try values.decode([Shape].self, forKey: .shapes)
    }

    /// Creates a map with shapes of any kind.
    ///
    /// - Precondition: `rows` and `columns` are above 0.
    public init(rows: Int, columns: Int, stepInPixels: Double? = nil, shapes: [Shape]) {
      precondition(rows > 0 && columns > 0, "a feature map of \(rows) × \(columns) cells")
      self.rows = rows
      self.columns = columns
      self.stepInPixels = stepInPixels
      self.shapes = shapes
    }

    /// Creates a square map with the shapes of the paper.
    ///
    /// In a cell: (s, s), (√(s·s′), √(s·s′)), then for each aspect ratio r (s√r, s/√r), (s/√r,
    /// s√r).
    ///
    /// - Parameters:
    ///   - cells: rows and columns.
    ///   - stepInPixels: distance of centres, or nil to divide the image evenly.
    ///   - size: s, side of the smaller square in pixels.
    ///   - nextSize: s′, the size of the next map (or the last maximum) in pixels.
    ///   - aspectRatios: width / height, each also used as its inverse.
    public init(
      cells: Int, stepInPixels: Double? = nil, size: Double, nextSize: Double,
      aspectRatios: [Double]
    ) {
      let between = (size * nextSize).squareRoot()
      var shapes = [Shape(width: size, height: size), Shape(width: between, height: between)]
      for ratio in aspectRatios {
        let root = ratio.squareRoot()
        shapes.append(Shape(width: size * root, height: size / root))
        shapes.append(Shape(width: size / root, height: size * root))
      }
      self.init(rows: cells, columns: cells, stepInPixels: stepInPixels, shapes: shapes)
    }

    /// The number of default boxes of the whole map.
    public var boxCount: Int { rows * columns * shapes.count }
  }

  /// The width of the network's input, the unit of steps and shapes.
  public var imageWidthInPixels: Int
  /// The height of the network's input, the unit of steps and shapes.
  public var imageHeightInPixels: Int
  /// The feature maps, in the order in which the network gives them.
  public var featureMaps: [FeatureMap]
  /// The treatment of default boxes that leave the image.
  public var clipping: Clipping

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case imageWidthInPixels, imageHeightInPixels, featureMaps, clipping
  }

  /// Creates a specification.
  ///
  /// - Precondition: the image has at least one pixel.
  public init(
    imageWidthInPixels: Int, imageHeightInPixels: Int, featureMaps: [FeatureMap],
    clipping: Clipping = .none
  ) {
    precondition(
      imageWidthInPixels > 0 && imageHeightInPixels > 0,
      "an image of \(imageWidthInPixels) × \(imageHeightInPixels) pixels")
    self.imageWidthInPixels = imageWidthInPixels
    self.imageHeightInPixels = imageHeightInPixels
    self.featureMaps = featureMaps
    self.clipping = clipping
  }

  /// D, the number of default boxes.
  public var boxCount: Int { featureMaps.reduce(0) { $0 + $1.boxCount } }

  /// Returns the default box of a cell, normalized.
  func box(_ shape: Shape, of map: FeatureMap, row: Int, column: Int) -> CenterBox {
    let width = Double(imageWidthInPixels)
    let height = Double(imageHeightInPixels)
    // Cells per image: not the same as columns where the last centres lie outside, as on SSD300's
    // 10×10 map.
    let cellsAcross = map.stepInPixels.map { width / $0 } ?? Double(map.columns)
    let cellsDown = map.stepInPixels.map { height / $0 } ?? Double(map.rows)
    var box = CenterBox(
      cx: (Double(column) + 0.5) / cellsAcross, cy: (Double(row) + 0.5) / cellsDown,
      width: shape.width / width, height: shape.height / height)
    switch clipping {
    case .none: break
    case .sizes, .all:
      box.width = min(box.width, 1)
      box.height = min(box.height, 1)
      if clipping == .all {
        box.cx = min(box.cx, 1)
        box.cy = min(box.cy, 1)
      }
    case .corners: box = CenterBox(Box(box).clipped())
    }
    return box
  }

  /// Decodes a specification that another program may have written, and validates it.
  ///
  /// - Throws: `DecodingError`, whose text says what ``validate()`` finds.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    imageWidthInPixels = try values.decode(Int.self, forKey: .imageWidthInPixels)
    imageHeightInPixels = try values.decode(Int.self, forKey: .imageHeightInPixels)
    featureMaps = try values.decode([FeatureMap].self, forKey: .featureMaps)
    clipping = try values.decodeIfPresent(Clipping.self, forKey: .clipping) ?? .none
    do {
      try validate()
    } catch {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath, debugDescription: "\(error)", underlyingError: error))
    }
  }

  /// More boxes than any detector has; beyond, a number in a file is a slip that would take the
  /// memory.
  private static let boxLimit = 1 << 24

  /// Checks a specification that comes from outside, from a file for instance.
  ///
  /// - Throws: ``InputError/invalidSpecification(key:expected:found:)``.
  public func validate() throws(InputError) {
    func require(
      _ condition: Bool, _ key: String, _ expected: String, _ found: String
    ) throws(InputError) {
      guard condition else {
        throw InputError.invalidSpecification(key: key, expected: expected, found: found)
      }
    }
    try require(
      imageWidthInPixels > 0 && imageHeightInPixels > 0, "imageWidthInPixels, imageHeightInPixels",
      "above 0", "\(imageWidthInPixels), \(imageHeightInPixels)")
    try require(!featureMaps.isEmpty, "featureMaps", "one or more", "none")
    var boxCount = 0
    for (index, map) in featureMaps.enumerated() {
      let place = "featureMaps[\(index)]"
      try require(
        map.rows > 0 && map.columns > 0, "\(place).rows, columns", "above 0",
        "\(map.rows), \(map.columns)")
      let cells = map.rows.multipliedReportingOverflow(by: map.columns)
      let boxes = cells.partialValue.multipliedReportingOverflow(by: map.shapes.count)
      let isCountable = !cells.overflow && !boxes.overflow && boxes.partialValue <= Self.boxLimit
      boxCount += isCountable ? boxes.partialValue : Self.boxLimit
      try require(
        isCountable && boxCount <= Self.boxLimit, place,
        "rows · columns · shapes of all maps at most \(Self.boxLimit)",
        "\(map.rows) · \(map.columns) · \(map.shapes.count)")
      let step = map.stepInPixels ?? 1
      try require(step > 0 && step.isFinite, "\(place).stepInPixels", "above 0", "\(step)")
      try require(!map.shapes.isEmpty, "\(place).shapes", "one or more", "none")
      for (position, shape) in map.shapes.enumerated() {
        try require(
          shape.width > 0 && shape.height > 0 && shape.width.isFinite && shape.height.isFinite,
          "\(place).shapes[\(position)]", "width and height above 0",
          "\(shape.width), \(shape.height)")
        // The last cell's centre is the largest: it is the first to overflow, to round a tiny size
        // away, and to lie so far outside that clipping leaves no area.
        let last = box(shape, of: map, row: map.rows - 1, column: map.columns - 1)
        try require(
          Box(last).hasArea && Box(last).isFinite, "\(place).shapes[\(position)]",
          "finite boxes with area in every cell",
          "[\(last.cx), \(last.cy), \(last.width), \(last.height)] (cx, cy, w, h) in the last one")
      }
    }
  }
}
