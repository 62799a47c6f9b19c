import MultiBox

/// A box loss: how far the four edges are off, in shares of the object's sides.
struct EdgeLoss: BoxLoss {
  func value(predicted: Box, target: Box) -> Double {
    (abs(predicted.xMin - target.xMin) + abs(predicted.xMax - target.xMax)) / target.width
      + (abs(predicted.yMin - target.yMin) + abs(predicted.yMax - target.yMax)) / target.height
  }

  func gradient(predicted: Box, target: Box) -> CornerGradient {
    CornerGradient(
      xMin: sign(predicted.xMin - target.xMin) / target.width,
      yMin: sign(predicted.yMin - target.yMin) / target.height,
      xMax: sign(predicted.xMax - target.xMax) / target.width,
      yMax: sign(predicted.yMax - target.yMax) / target.height)
  }

  private func sign(_ x: Double) -> Double { x > 0 ? 1 : x < 0 ? -1 : 0 }
}
