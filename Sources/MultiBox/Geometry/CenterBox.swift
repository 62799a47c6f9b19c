/// A box given by its centre and size in shares of an image; the form of default boxes.
///
/// A type of its own, so that a mix-up with the corners of ``Box`` does not compile.
public struct CenterBox: Hashable, Sendable, Codable {
  /// The centre's distance from the image's left border.
  public var cx: Double
  /// The centre's distance from the image's upper border.
  public var cy: Double
  /// The width.
  public var width: Double
  /// The height.
  public var height: Double

  /// Creates a box from its centre and size.
  @inlinable
  public init(cx: Double, cy: Double, width: Double, height: Double) {
    self.cx = cx
    self.cy = cy
    self.width = width
    self.height = height
  }

  /// Creates the centre form of `box`, which is given by its corners.
  @inlinable
  public init(_ box: Box) {
    self.init(
      cx: (box.xMin + box.xMax) / 2, cy: (box.yMin + box.yMax) / 2,
      width: box.xMax - box.xMin, height: box.yMax - box.yMin)
  }
}
