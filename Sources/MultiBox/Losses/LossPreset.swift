/// Named systems whose loss is reproduced number by number.
public enum LossPreset: String, Hashable, Sendable, Codable, CaseIterable {
  /// The paper and its original code; the default of everything here.
  case paper
  /// torchvision 0.29.2, `SSD.compute_loss` with `SSDMatcher`.
  case torchvision
  /// NVIDIA's SSD (DeepLearningExamples), `Loss` with `Encoder`.
  ///
  /// The version of 2019 counted mined positives twice, as torchvision does; the last one, which
  /// this is, adds Boolean masks, and so does not.
  case nvidia

  /// The loss of the system.
  public var loss: MultiBoxLoss {
    switch self {
    case .paper: MultiBoxLoss()
    case .torchvision:
      MultiBoxLoss(
        assigner: .forced(), confidence: .softmax(mining: Self.countingTwice))
    case .nvidia:
      MultiBoxLoss(assigner: .forced(includesThreshold: false), normalization: .perImage)
    }
  }

  private static let countingTwice = HardNegativeMining(countsMinedPositivesTwice: true)
}
