/// The rules that make a step of a gradient; `--optimizer`.
public enum OptimizerKind: String, Hashable, Sendable, Codable, CaseIterable {
  /// Stochastic gradient descent with momentum; the decay is part of the gradient.
  case sgd
  /// AdamW: each weight has a step of its own size, and the decay stands beside the gradient.
  case adamw

  /// The decay of convolutions' weights that it usually has. That of AdamW is what others train
  /// detectors with; it is not measured here yet.
  public var usualWeightDecay: Double {
    switch self {
    case .sgd: 5e-4
    case .adamw: 0.05
    }
  }

  /// What a network's learning rate of SGD is divided by. For AdamW, whose steps do not shrink with
  /// the gradient, that makes .001 for 8 images of most networks; it is not measured here yet.
  public var learningRateDivisor: Double {
    switch self {
    case .sgd: 1
    case .adamw: 20
    }
  }
}
