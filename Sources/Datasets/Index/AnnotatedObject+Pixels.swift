import ImageFiles
import MultiBox

extension AnnotatedObject.Shape {
  /// The box in pixels of the upright picture.
  ///
  /// - Parameters:
  ///   - size: of the upright picture.
  ///   - orientation: of a picture whose boxes were drawn as it is stored.
  func box(_ size: PixelSize, _ orientation: EXIFOrientation) -> PixelBox {
    let stored =
      orientation.swapsSides
      ? (width: size.height, height: size.width) : (width: size.width, height: size.height)
    let box =
      switch self {
      case .pixels(let box): box
      case .shares(let box): box.inPixels(width: stored.width, height: stored.height)
      }
    // Turning sorts corners, and a box whose corners are the wrong way round is none.
    guard box.hasArea else { return box }
    return orientation.applied(to: box, width: stored.width, height: stored.height)
  }
}
