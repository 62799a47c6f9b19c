/// The derivatives of a number by the four corners of the predicted box.
public struct CornerGradient: Hashable, Sendable {
  /// The derivative by the left edge.
  public var xMin: Double
  /// The derivative by the upper edge.
  public var yMin: Double
  /// The derivative by the right edge.
  public var xMax: Double
  /// The derivative by the lower edge.
  public var yMax: Double

  /// Creates a gradient; derivatives are 0 by default.
  @inlinable
  public init(xMin: Double = 0, yMin: Double = 0, xMax: Double = 0, yMax: Double = 0) {
    self.xMin = xMin
    self.yMin = yMin
    self.xMax = xMax
    self.yMax = yMax
  }

  /// Returns the sum.
  @inlinable
  public static func + (a: CornerGradient, b: CornerGradient) -> CornerGradient {
    CornerGradient(
      xMin: a.xMin + b.xMin, yMin: a.yMin + b.yMin, xMax: a.xMax + b.xMax, yMax: a.yMax + b.yMax)
  }

  /// Returns the difference.
  @inlinable
  public static func - (a: CornerGradient, b: CornerGradient) -> CornerGradient { a + -1 * b }

  /// Returns the gradient with each derivative multiplied by a factor.
  @inlinable
  public static func * (factor: Double, a: CornerGradient) -> CornerGradient {
    CornerGradient(
      xMin: factor * a.xMin, yMin: factor * a.yMin, xMax: factor * a.xMax, yMax: factor * a.yMax)
  }
}

extension BoxCoder {
  /// Returns derivatives by the offsets from those by the corners of the box that they decode to.
  ///
  /// xMin = cx − w/2 and xMax = cx + w/2, so ∂/∂cx = ∂/∂xMin + ∂/∂xMax and
  /// ∂/∂w = (∂/∂xMax − ∂/∂xMin) / 2; cx = dcx + l_cx · variance · dw, w = dw · exp(l_w · variance).
  /// A size offset beyond ``maximumSizeOffset`` has derivative 0.
  func gradient(
    _ corners: CornerGradient, at offsets: BoxOffsets, relativeTo defaultBox: CenterBox
  ) -> BoxOffsets {
    let box = decoded(offsets, relativeTo: defaultBox)
    let limit = maximumSizeOffset ?? .infinity
    let widthFactor = offsets.width * sizeVariance > limit ? 0 : box.width * sizeVariance
    let heightFactor = offsets.height * sizeVariance > limit ? 0 : box.height * sizeVariance
    return BoxOffsets(
      cx: (corners.xMin + corners.xMax) * centerVariance * defaultBox.width,
      cy: (corners.yMin + corners.yMax) * centerVariance * defaultBox.height,
      width: (corners.xMax - corners.xMin) / 2 * widthFactor,
      height: (corners.yMax - corners.yMin) / 2 * heightFactor)
  }
}
