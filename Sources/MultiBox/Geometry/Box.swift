/// A box given by its corners in shares of an image, or *normalized*: 0…1 from left to right and
/// from top to bottom.
///
/// The unit of everything that a network learns from and predicts. Boxes in pixels are
/// ``PixelBox``, a type of its own, so that a mix-up does not compile; what the two have alike is
/// ``Rectangle``.
public struct Box: Rectangle {
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

  /// Returns the part of the box inside the image, 0…1.
  @inlinable
  public func clipped() -> Box {
    Box(
      xMin: min(max(xMin, 0), 1), yMin: min(max(yMin, 0), 1), xMax: min(max(xMax, 0), 1),
      yMax: min(max(yMax, 0), 1))
  }

  /// Returns the box in the pixels of an image of `width` × `height` pixels.
  @inlinable
  public func inPixels(width: Int, height: Int) -> PixelBox {
    let (width, height) = (Double(width), Double(height))
    return PixelBox(
      xMin: xMin * width, yMin: yMin * height, xMax: xMax * width, yMax: yMax * height)
  }

  /// Returns the box in the pixels of an image, where it is in shares of a part of that image.
  ///
  /// - Parameter window: the part, in pixels of the image.
  @inlinable
  public func inPixels(of window: PixelBox) -> PixelBox {
    PixelBox(
      xMin: xMin * window.width + window.xMin, yMin: yMin * window.height + window.yMin,
      xMax: xMax * window.width + window.xMin, yMax: yMax * window.height + window.yMin)
  }

  /// Whether the centre of a default box lies inside, not on an edge.
  func contains(_ center: CenterBox) -> Bool {
    center.cx > xMin && center.cx < xMax && center.cy > yMin && center.cy < yMax
  }
}
