import CTorch

/// The exponential moving average of weights, which usually detects better than the weights
/// themselves.
public enum MovingAverage {
  /// averages = decay·averages + (1 − decay)·values, in place.
  ///
  /// - Precondition: as many averages as values, of the same shapes.
  public static func update(
    _ averages: [Tensor], with values: [Tensor], decay: Double
  ) throws(TorchError) {
    precondition(
      averages.count == values.count, "\(averages.count) averages of \(values.count) values")
    let targets = averages.map(\.handle)
    let sources = values.map(\.handle)
    defer { withExtendedLifetime((averages, values)) {} }
    try TorchError.check(
      ct_average(targets, sources, Int32(targets.count), decay), "moving average")
  }
}
