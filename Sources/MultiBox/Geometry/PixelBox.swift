/// A box given by its corners in pixels of an image, continuous coordinates from its upper left
/// corner.
///
/// The unit of label files, detections, measures and pictures. Boxes in shares of the image are
/// ``Box``: ``normalized(width:height:)`` and ``Box/inPixels(width:height:)`` lead from one to the
/// other.
public struct PixelBox: Rectangle {
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

  /// Creates the box of a whole image of `width` × `height` pixels.
  @inlinable
  public init(width: Int, height: Int) {
    self.init(xMin: 0, yMin: 0, xMax: Double(width), yMax: Double(height))
  }

  /// Returns the part of the box inside an image of `width` × `height` pixels.
  @inlinable
  public func clipped(width: Int, height: Int) -> PixelBox {
    let (width, height) = (Double(width), Double(height))
    return PixelBox(
      xMin: min(max(xMin, 0), width), yMin: min(max(yMin, 0), height),
      xMax: min(max(xMax, 0), width), yMax: min(max(yMax, 0), height))
  }

  /// Returns the box in an image that is `x` times as wide and `y` times as high.
  @inlinable
  public func scaled(x: Double, y: Double) -> PixelBox {
    PixelBox(xMin: xMin * x, yMin: yMin * y, xMax: xMax * x, yMax: yMax * y)
  }

  /// Returns the box in shares of its image of `width` × `height` pixels.
  @inlinable
  public func normalized(width: Int, height: Int) -> Box {
    let (x, y) = (1 / Double(width), 1 / Double(height))
    return Box(xMin: xMin * x, yMin: yMin * y, xMax: xMax * x, yMax: yMax * y)
  }
}
