import CTorch

/// LibTorch's random generator as a value that is passed in: weights start from it, nothing else
/// uses it.
///
/// It draws on the CPU, and what it draws for a tensor on another device is copied there: the same
/// seed gives the same weights on every device.
public final class TorchGenerator {
  private let handle: CTGenerator

  /// Creates a generator whose numbers follow from `seed`.
  public init(seed: UInt64) throws(TorchError) {
    var result = CTGenerator(pointer: nil)
    try TorchError.check(ct_generator_new(seed, &result), "generator")
    handle = result
  }

  deinit {
    ct_generator_free(handle)
  }

  /// Overwrites `tensor` with numbers from a normal distribution of a `mean` and a standard
  /// `deviation`.
  public func fillNormal(
    _ tensor: Tensor, mean: Double = 0, deviation: Double
  ) throws(TorchError) {
    try TorchError.check(
      ct_fill_normal(tensor.handle, mean, deviation, handle), "fillNormal")
  }

  /// Overwrites `tensor` with numbers between `low` and `high`.
  public func fillUniform(_ tensor: Tensor, low: Double, high: Double) throws(TorchError) {
    try TorchError.check(ct_fill_uniform(tensor.handle, low, high, handle), "fillUniform")
  }
}
