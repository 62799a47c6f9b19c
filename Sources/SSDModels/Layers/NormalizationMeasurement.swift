import Torch

/// What the normalizations of a store do in the place of normalizing.
final class NormalizationMeasurement {
  /// The number from 1 of the batch whose statistics they take; nil where they normalize.
  var batch: Int?
}

extension SSDNetwork {
  /// Restores normalizations that stand folded in convolutions, with the statistics of images.
  ///
  /// Before, each normalization adds its bias, and its mean of 0 and variance of 1 are nobody's.
  /// Batches are computed so, and the mean μ and the variance σ² of what each convolution gives are
  /// measured. Then the weight is √(σ² + ε), and μ is added to the bias: for inference the network
  /// computes what it did, but for rounding, and while it trains, normalized by the batch, nearly
  /// the same.
  ///
  /// - Parameter nextBatch: gives images, `[N, 3, H, W]`, until it gives nil; the same weight for
  ///   each batch. Not called for a network without normalizations.
  /// - Throws: what `nextBatch` throws; an error of LibTorch.
  public func restoreNormalizations(over nextBatch: () throws -> Tensor?) throws {
    let normalizations = store.normalizations
    guard !normalizations.isEmpty else { return }
    defer { store.measurement.batch = nil }
    try Gradients.unrecorded {
      while let images = try nextBatch() {
        store.measurement.batch = (store.measurement.batch ?? 0) + 1
        _ = try self(images, isTraining: false)
      }
      for normalization in normalizations { try normalization.takeScale() }
    }
  }
}
