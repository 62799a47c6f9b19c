import Foundation
import MultiBox

extension PixelBox {
  /// The upright box around this one turned about its centre, which CVAT keeps as the box before
  /// the turn and an angle; nil where that is the same box, as after half a turn.
  func turned(degrees: Double) -> PixelBox? {
    guard degrees.truncatingRemainder(dividingBy: 180) != 0 else { return nil }
    let angle = degrees * .pi / 180
    let (cx, cy) = ((xMin + xMax) / 2, (yMin + yMax) / 2)
    let (width, height) = (xMax - xMin, yMax - yMin)
    let halfX = (abs(width * cos(angle)) + abs(height * sin(angle))) / 2
    let halfY = (abs(width * sin(angle)) + abs(height * cos(angle))) / 2
    return PixelBox(xMin: cx - halfX, yMin: cy - halfY, xMax: cx + halfX, yMax: cy + halfY)
  }
}
