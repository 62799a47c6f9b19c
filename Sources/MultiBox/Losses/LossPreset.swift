/// Named systems whose loss a configuration reproduces number by number.
public enum LossPreset: String, Hashable, Sendable, Codable, CaseIterable {
  /// The paper and its original code; the default of everything here.
  case paper
  /// torchvision 0.29.2, `SSD.compute_loss` with `SSDMatcher`.
  case torchvision
  /// NVIDIA's SSD (DeepLearningExamples), `Loss` with `Encoder`.
  case nvidia

  public var configuration: MultiBoxLoss.Configuration {
    switch self {
    case .paper: MultiBoxLoss.Configuration()
    case .torchvision:
      MultiBoxLoss.Configuration(countsMinedPositivesTwice: true, matching: .forced)
    case .nvidia:
      MultiBoxLoss.Configuration(
        countsMinedPositivesTwice: true, matching: .forced, includesThreshold: false,
        normalization: .perImage)
    }
  }
}
