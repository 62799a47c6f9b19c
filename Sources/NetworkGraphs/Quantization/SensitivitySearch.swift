/// Which convolutions stay float, so that what the others cost is within a limit.
public struct SensitivitySearch {
  /// The largest ``OutputError/share`` of the network's outputs.
  public let limit: Double

  /// Creates a search.
  ///
  /// - Parameter limit: the largest error that is accepted, from 0.
  public init(limit: Double) { self.limit = limit }

  /// Returns the convolutions that stay float, the most sensitive first, and the error without
  /// them.
  ///
  /// As many of the worst as the limit needs, found by doubling and halving: an error that does not
  /// fall with each of them makes it perhaps more than that, never too few. Where the limit is not
  /// met by any number, all stay float.
  ///
  /// - Parameters:
  ///   - ranked: all that may compute with bytes, the most sensitive first.
  ///   - error: measures the network in which these alone stay float.
  /// - Throws: what `error` throws.
  public func floatConvolutions(
    of ranked: [String], error: (Set<String>) throws -> Double
  ) rethrows -> (names: [String], error: Double) {
    var tooFew = -1
    var (enough, errorWithEnough) = (0, try error([]))
    while errorWithEnough > limit, enough < ranked.count {
      tooFew = enough
      enough = min(max(1, 2 * enough), ranked.count)
      errorWithEnough = try error(Set(ranked.prefix(enough)))
    }
    while enough - tooFew > 1 {
      let middle = (tooFew + enough) / 2
      let measured = try error(Set(ranked.prefix(middle)))
      if measured > limit {
        tooFew = middle
      } else {
        (enough, errorWithEnough) = (middle, measured)
      }
    }
    return (Array(ranked.prefix(enough)), errorWithEnough)
  }
}
