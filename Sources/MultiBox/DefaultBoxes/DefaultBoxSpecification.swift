/// What the default boxes of a detector are generated from: for each feature map its size, step and
/// shapes.
///
/// Boxes come out in the order map, row, column, shape. A value of this type is `Codable`, and a
/// trained detector carries its own.
public struct DefaultBoxSpecification: Hashable, Sendable, Codable {
  /// How default boxes that leave the image are treated. The implementations differ here: the
  /// original code clips nothing, torchvision the sizes, ssd.pytorch all four coordinates.
  public enum Clipping: String, Hashable, Sendable, Codable, CaseIterable {
    /// Boxes stay as they are generated.
    case none
    /// Width and height are limited to 0…1 of the image.
    case sizes
    /// Centre, width and height are each limited to 0…1 of the image.
    case all
  }

  /// Width and height of one default box, in pixels of the network's input.
  public struct Shape: Hashable, Sendable, Codable {
    public var width: Double
    public var height: Double

    public init(width: Double, height: Double) {
      self.width = width
      self.height = height
    }
  }

  /// One feature map: a grid of cells, each with the same default-box shapes around its centre.
  public struct FeatureMap: Hashable, Sendable, Codable {
    public var rows: Int
    public var columns: Int
    /// Distance between neighbouring centres in pixels. Nil divides the image evenly: centres at
    /// (i + ½) / columns and (j + ½) / rows.
    public var stepInPixels: Double?
    public var shapes: [Shape]

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

    /// Default boxes of the whole map.
    public var boxCount: Int { rows * columns * shapes.count }
  }

  /// Size of the network's input, the unit of steps and shapes.
  public var imageWidthInPixels: Int
  public var imageHeightInPixels: Int
  public var featureMaps: [FeatureMap]
  public var clipping: Clipping

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

  /// Checks a specification that comes from outside, from a file for instance.
  ///
  /// - Throws: ``InputError/invalidSpecification(key:expected:found:)``.
  public func validate() throws {
    func require(
      _ condition: Bool, _ key: String, _ expected: String, _ found: String
    ) throws {
      guard condition else {
        throw InputError.invalidSpecification(key: key, expected: expected, found: found)
      }
    }
    try require(
      imageWidthInPixels > 0 && imageHeightInPixels > 0, "imageWidthInPixels, imageHeightInPixels",
      "above 0", "\(imageWidthInPixels), \(imageHeightInPixels)")
    try require(!featureMaps.isEmpty, "featureMaps", "one or more", "none")
    for (index, map) in featureMaps.enumerated() {
      let place = "featureMaps[\(index)]"
      try require(
        map.rows > 0 && map.columns > 0, "\(place).rows, columns", "above 0",
        "\(map.rows), \(map.columns)")
      let step = map.stepInPixels ?? 1
      try require(step > 0 && step.isFinite, "\(place).stepInPixels", "above 0", "\(step)")
      try require(!map.shapes.isEmpty, "\(place).shapes", "one or more", "none")
      for (position, shape) in map.shapes.enumerated() {
        try require(
          shape.width > 0 && shape.height > 0 && shape.width.isFinite && shape.height.isFinite,
          "\(place).shapes[\(position)]", "width and height above 0",
          "\(shape.width), \(shape.height)")
      }
    }
  }
}
