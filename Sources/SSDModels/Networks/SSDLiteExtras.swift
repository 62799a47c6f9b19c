import Torch

/// The part that SSDLite networks share: four extra maps behind the backbone, and the predictor.
///
/// Named and normalized as in torchvision's SSDLite.
struct SSDLiteExtras {
  /// C of each extra map.
  static let channels = [512, 256, 256, 128]

  private let groups: [[NormalizedConvolution]]

  /// - Parameters:
  ///   - scope: `backbone.extra`.
  ///   - input: C of the last map of the backbone.
  init(_ scope: VariableScope, input: Int) throws {
    var input = input
    groups = try Self.channels.enumerated().map { index, output in
      let block = scope(index)
      defer { input = output }
      let between = output / 2
      return [
        try Self.layer(block(0), input, between, kernel: 1),
        try Self.layer(block(1), between, between, kernel: 3, stride: 2, groups: between),
        try Self.layer(block(2), between, output, kernel: 1),
      ]
    }
  }

  /// Returns the extra maps.
  func callAsFunction(_ input: Tensor, isTraining: Bool) throws -> [Tensor] {
    var current = input
    return try groups.map { group in
      for layer in group { current = try layer(current, isTraining: isTraining) }
      return current
    }
  }

  /// Depthwise 3 × 3, then pointwise.
  static func predictor(
    _ scope: VariableScope, input: Int, output: Int
  ) throws -> ((Tensor, Bool) throws -> Tensor) {
    let depthwise = try layer(scope(0), input, input, kernel: 3, groups: input)
    let pointwise = try Convolution(
      scope(1), input: input, output: output, kernel: 1, initialization: .normal(deviation: 0.03))
    return { features, isTraining in
      try pointwise(depthwise(features, isTraining: isTraining))
    }
  }

  /// Convolution, normalization, ReLU6, with the momentum and epsilon of torchvision's SSDLite.
  private static func layer(
    _ scope: VariableScope, _ input: Int, _ output: Int, kernel: Int, stride: Int = 1,
    groups: Int = 1
  ) throws -> NormalizedConvolution {
    try NormalizedConvolution(
      scope, input: input, output: output, kernel: kernel, stride: stride, groups: groups,
      activation: .relu6, normalizationMomentum: 0.03, normalizationEpsilon: 1e-3,
      initialization: .normal(deviation: 0.03))
  }
}
