import MultiBox

extension EXIFOrientation {
  /// Returns where a box of the picture as it is stored is in the upright one.
  ///
  /// - Parameters:
  ///   - box: in pixels of the stored picture.
  ///   - width, height: of the stored picture.
  package func applied(to box: PixelBox, width: Int, height: Int) -> PixelBox {
    let (width, height) = (Double(width), Double(height))
    // A stored point's place in the upright picture, by the inverse of the table for pictures.
    func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
      switch self {
      case .upright: (x, y)
      case .mirrored: (width - x, y)
      case .turned180: (width - x, height - y)
      case .flipped: (x, height - y)
      case .transposed: (y, x)
      case .turned90: (height - y, x)
      case .transversed: (height - y, width - x)
      case .turned270: (y, width - x)
      }
    }
    let (a, b) = (place(box.xMin, box.yMin), place(box.xMax, box.yMax))
    return PixelBox(
      xMin: min(a.x, b.x), yMin: min(a.y, b.y), xMax: max(a.x, b.x), yMax: max(a.y, b.y))
  }
}
