/// An axis-aligned rectangle given by its corners.
///
/// Coordinates are continuous, so the width is `xMax - xMin`. The unit is the caller's: 0…1 of the
/// image where a function says *normalized*, pixels elsewhere. A box is *without area* when its
/// width or height is not above 0.
///
/// Geometry is computed in `Double` throughout: an IoU that falls on a threshold, or two that tie,
/// must not depend on the precision that a network happens to run in.
public struct Box: Hashable, Sendable, Codable {
  /// The left edge.
  public var xMin: Double
  /// The upper edge.
  public var yMin: Double
  /// The right edge.
  public var xMax: Double
  /// The lower edge.
  public var yMax: Double

  /// Creates a box from its corners.
  @inlinable
  public init(xMin: Double, yMin: Double, xMax: Double, yMax: Double) {
    self.xMin = xMin
    self.yMin = yMin
    self.xMax = xMax
    self.yMax = yMax
  }

  /// Creates the corners of `box`, which is given by its centre.
  @inlinable
  public init(_ box: CenterBox) {
    self.init(
      xMin: box.cx - box.width / 2, yMin: box.cy - box.height / 2,
      xMax: box.cx + box.width / 2, yMax: box.cy + box.height / 2)
  }

  /// The difference of right and left edge; negative in a box turned inside out.
  @inlinable public var width: Double { xMax - xMin }

  /// The difference of lower and upper edge; negative in a box turned inside out.
  @inlinable public var height: Double { yMax - yMin }

  /// Width times height; 0 for a box without area.
  @inlinable public var area: Double { hasArea ? width * height : 0 }

  /// True if width and height are above 0; false where a coordinate is NaN.
  @inlinable public var hasArea: Bool { xMax > xMin && yMax > yMin }

  /// True if no coordinate is NaN or infinite.
  @inlinable public var isFinite: Bool {
    xMin.isFinite && yMin.isFinite && xMax.isFinite && yMax.isFinite
  }

  /// Returns the part of the box inside 0…`width` × 0…`height`.
  @inlinable
  public func clipped(width: Double, height: Double) -> Box {
    Box(
      xMin: min(max(xMin, 0), width), yMin: min(max(yMin, 0), height),
      xMax: min(max(xMax, 0), width), yMax: min(max(yMax, 0), height))
  }

  /// Whether the centre of a default box lies inside, not on an edge.
  func contains(_ center: CenterBox) -> Bool {
    center.cx > xMin && center.cx < xMax && center.cy > yMin && center.cy < yMax
  }

  /// Returns the box with horizontal coordinates multiplied by `x` and vertical ones by `y`.
  @inlinable
  public func scaled(x: Double, y: Double) -> Box {
    Box(xMin: xMin * x, yMin: yMin * y, xMax: xMax * x, yMax: yMax * y)
  }
}

extension Box: CustomStringConvertible {
  /// `[xMin, yMin, xMax, yMax]`, as messages show a box.
  public var description: String { "[\(xMin), \(yMin), \(xMax), \(yMax)]" }
}
