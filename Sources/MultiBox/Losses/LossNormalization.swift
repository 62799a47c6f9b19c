/// The number of positives by which the sums of the loss are divided.
public enum LossNormalization: String, Hashable, Sendable, Codable, CaseIterable {
  /// By max(N, 1), N the positives of the whole batch; the paper's.
  ///
  /// Images with many objects weigh more.
  case batch
  /// Each image by its own positives, then the mean over the images; NVIDIA's.
  ///
  /// An image without positives gives 0.
  case perImage = "per-image"

  /// Returns what the sums of a batch are divided by unless the caller says: max(N, 1), or with
  /// ``perImage`` the number of images, at least 1.
  ///
  /// - Parameters:
  ///   - positives: N, the matched default boxes of the batch.
  ///   - images: of the batch.
  public func normalizer(positives: Int, images: Int) -> Double {
    switch self {
    case .batch: Double(max(positives, 1))
    case .perImage: Double(max(images, 1))
    }
  }

  /// Returns what the sums of an image are multiplied by.
  func scale(positives: Int, normalizer: Double) -> Double {
    switch self {
    case .batch: 1 / normalizer
    case .perImage: positives > 0 ? 1 / (Double(positives) * normalizer) : 0
    }
  }
}
