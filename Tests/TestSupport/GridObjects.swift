import MultiBox

/// Ten objects of class 1 in an image of 640 × 640 pixels, each around the centre of a cell of
/// `step` pixels and within the image.
///
/// - Parameters:
///   - image: the number of the image, which moves them.
///   - step: side of a cell, in pixels.
///   - width: of the objects.
///   - height: of the objects.
public func gridObjects(
  image: Int, step: Double, width: Double, height: Double
) -> [LabeledPixelBox] {
  /// The `number`th centre at which a box of `length` is within the image.
  func center(_ number: Int, _ length: Double) -> Double {
    let first = (length / 2 / step - 0.5).rounded(.up)
    let last = ((640 - length / 2) / step - 0.5).rounded(.down)
    return (first + Double(number % Int(last - first + 1)) + 0.5) * step
  }
  return (0..<10).map { object in
    let (x, y) = (center(7 * object + image, width), center(3 * object + image, height))
    return LabeledPixelBox(
      box: PixelBox(
        xMin: x - width / 2, yMin: y - height / 2, xMax: x + width / 2, yMax: y + height / 2),
      classIndex: 1)
  }
}
