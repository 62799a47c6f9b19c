/// The rules that make a step of a gradient; `--optimizer`.
public enum OptimizerKind: String, Hashable, Sendable, Codable, CaseIterable {
  /// Stochastic gradient descent with momentum; the decay is part of the gradient.
  case sgd
  /// AdamW: each weight has a step of its own size, and the decay stands beside the gradient.
  case adamw

  /// The decay of convolutions' weights that it usually has. That of AdamW is what others train
  /// detectors with.
  public var usualWeightDecay: Double {
    switch self {
    case .sgd: 5e-4
    case .adamw: 0.05
    }
  }

  /// Returns the learning rate that it usually has.
  ///
  /// Steps of SGD grow with the gradient, whose noise falls with the images: the rate is
  /// proportional to them. Those of AdamW are of one size whatever the gradient's, so that its rate
  /// grows with the square root of the images: .001 for 4 of most networks, which was measured on
  /// blood cells.
  ///
  /// - Parameters:
  ///   - ratePerImage: of SGD for one image a step, ``NetworkPreset/learningRatePerImage``.
  ///   - imageCount: images a step.
  public func usualLearningRate(ratePerImage: Double, imageCount: Int) -> Double {
    switch self {
    case .sgd: ratePerImage * Double(imageCount)
    case .adamw: ratePerImage * Double(imageCount).squareRoot() / 5
    }
  }
}
