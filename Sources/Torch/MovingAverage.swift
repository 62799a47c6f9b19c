import CTorch

/// The exponential moving average of weights, which usually detects better than the weights
/// themselves.
public enum MovingAverage {
  /// Moves averages towards values: averages = decay·averages + (1 − decay)·values, in place.
  ///
  /// - Parameters:
  ///   - averages: are overwritten.
  ///   - values: tensors of the same shapes.
  ///   - decay: the share of the old averages, 0…1.
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
