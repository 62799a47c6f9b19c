import MultiBox

/// A decoded picture: 8-bit RGB, rows from top to bottom.
public struct RGBImage: Hashable, Sendable {
  /// W, pixels of a row.
  public let width: Int
  /// H, number of rows.
  public let height: Int
  /// `H × W × 3` bytes, row by row, red green blue.
  public var pixels: [UInt8]

  /// Creates a picture of bytes that are there.
  ///
  /// - Precondition: `pixels` holds `width * height * 3` bytes, and both sides are above 0.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(
      width > 0 && height > 0 && pixels.count == width * height * 3,
      "\(width) × \(height) RGB pixels need \(width * height * 3) bytes, found \(pixels.count)")
    self.width = width
    self.height = height
    self.pixels = pixels
  }
}

extension RGBImage {
  /// Returns the part that a `box` covers, whole pixels; nil where it covers none.
  public func cropped(to box: PixelBox) -> RGBImage? {
    let clipped = box.clipped(width: width, height: height)
    guard clipped.hasArea else { return nil }
    let (left, top) = (Int(clipped.xMin.rounded(.down)), Int(clipped.yMin.rounded(.down)))
    let (right, bottom) = (Int(clipped.xMax.rounded(.up)), Int(clipped.yMax.rounded(.up)))
    var cut: [UInt8] = []
    cut.reserveCapacity((right - left) * (bottom - top) * 3)
    for y in top..<bottom {
      cut += pixels[(y * width + left) * 3..<(y * width + right) * 3]
    }
    return RGBImage(width: right - left, height: bottom - top, pixels: cut)
  }
}
