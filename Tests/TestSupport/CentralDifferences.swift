/// A gradient beside the difference quotients of the value.
///
/// The quotients are exact to h² and to the rounding of the value over h, so that h = 1e-5 leaves
/// some 1e-10 of a smooth value in Double. Away from kinks alone.
public struct GradientCheck {
  /// (f(x + h) − f(x − h)) / 2h for each element.
  public let quotients: [Double]
  public let gradient: [Double]

  public init(
    _ gradient: [Double], at point: [Double], step: Double = 1e-5,
    of value: ([Double]) throws -> Double
  ) rethrows {
    self.gradient = gradient
    var shifted = point
    quotients = try point.indices.map { index in
      defer { shifted[index] = point[index] }
      shifted[index] = point[index] + step
      let above = try value(shifted)
      shifted[index] = point[index] - step
      return try (above - value(shifted)) / (2 * step)
    }
  }

  /// The largest difference, relative to max(1, |gradient|); infinite where the counts differ or
  /// a number is not finite.
  public var largestError: Double {
    guard gradient.count == quotients.count else { return .infinity }
    return zip(gradient, quotients).reduce(0) { largest, pair in
      let error = abs(pair.0 - pair.1) / max(1, abs(pair.0))
      return error.isFinite ? max(largest, error) : .infinity
    }
  }

  public var isRight: Bool { largestError < 1e-7 }
}
