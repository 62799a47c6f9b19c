/// How the range of a ``ByteGrid`` is chosen: what lies beyond is clipped, and all within is
/// rounded the more coarsely the wider it is.
public enum RangeRule: Hashable, Sendable {
  /// Nothing that was seen is clipped.
  case largest
  /// The sum of squared errors of clipping and rounding is the smallest, among 64 equal parts of
  /// the largest magnitude from a fifth on.
  case leastSquares

  /// Returns the grid of a value.
  ///
  /// - Parameter statistics: of the value.
  public func grid(of statistics: ValueStatistics) -> ByteGrid {
    let hasNegatives = statistics.hasNegatives
    return ByteGrid(
      limit: min(limit(of: statistics), statistics.largestMagnitude), hasNegatives: hasNegatives)
  }

  private func limit(of statistics: ValueStatistics) -> Float {
    switch self {
    case .largest: return statistics.largestMagnitude
    case .leastSquares:
      let largest = statistics.largestMagnitude
      var best = (limit: largest, error: Double.infinity)
      for part in 13...64 {
        // Divided first: numbers may be as large as there are.
        let limit = largest / 64 * Float(part)
        let error = Self.squaredError(
          of: statistics, on: ByteGrid(limit: limit, hasNegatives: statistics.hasNegatives))
        // Of equal ones the wider: other images have larger numbers.
        if error <= best.error { best = (limit, error) }
      }
      return best.limit
    }
  }

  /// The sum over all numbers, each taken as the middle of its bin.
  static func squaredError(of statistics: ValueStatistics, on grid: ByteGrid) -> Double {
    var sum = 0.0
    let half = statistics.end(ofBin: 0) / 2
    for (index, count) in statistics.bins.enumerated() where count > 0 {
      let number = statistics.end(ofBin: index) - half
      let error = Double(grid.rounded(number) - number)
      sum += Double(count) * error * error
    }
    return sum
  }
}

extension ValueStatistics {
  /// The largest magnitude of a bin.
  fileprivate func end(ofBin index: Int) -> Float {
    extent / Float(Self.binCount) * Float(index + 1)
  }
}
