import ImageFiles
import MultiBox
import NetworkInput

/// A rectangle of an input, and what it shows of one image.
struct PictureTile: Sendable {
  let picture: RGBImage
  /// The objects of the image.
  let labels: [LabeledPixelBox]
  let draw: AugmentationDraw
  let keeping: AugmentationDraw.Keeping
  let target: InputRegion

  func write(_ transform: InputTransform, to output: UnsafeMutableBufferPointer<Float>) {
    transform.write(picture, draw: draw, target: target, to: output)
  }

  /// The objects that the tile shows, in shares of an input of `width` × `height` pixels.
  func groundTruth(width: Int, height: Int) -> [LabeledBox] {
    let (x, y) = (1 / Double(width), 1 / Double(height))
    return draw.applied(
      to: labels, keeping, minimumWidth: 1 / Double(target.width),
      minimumHeight: 1 / Double(target.height)
    ).map { labeled in
      // One that fills the input has its boxes to the last bit.
      guard target != InputRegion(width: width, height: height) else { return labeled }
      var placed = labeled
      placed.box = Box(
        xMin: (Double(target.x) + labeled.box.xMin * Double(target.width)) * x,
        yMin: (Double(target.y) + labeled.box.yMin * Double(target.height)) * y,
        xMax: (Double(target.x) + labeled.box.xMax * Double(target.width)) * x,
        yMax: (Double(target.y) + labeled.box.yMax * Double(target.height)) * y
      ).clipped()
      return placed
    }
  }
}
