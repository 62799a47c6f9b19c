import Torch

/// Expand by 1 × 1, filter depthwise, weigh the channels, reduce by 1 × 1; the input is added where
/// the size stays.
struct InvertedResidualV3 {
  /// Nil where the expansion is none.
  private let expansion: NormalizedConvolution?
  private let depthwise: NormalizedConvolution
  private let squeeze: SqueezeExcitation?
  private let projection: NormalizedConvolution
  private let isResidual: Bool

  /// - Parameter scope: of the part at a position of torchvision's `block`.
  init(
    _ scope: (Int) -> VariableScope, input: Int, expanded: Int, output: Int, kernel: Int,
    stride: Int, squeezes: Bool, activation: Activation
  ) throws {
    var position = 0
    func next() -> VariableScope {
      defer { position += 1 }
      return scope(position)
    }
    expansion =
      expanded == input
      ? nil : try Self.layer(next(), input, expanded, kernel: 1, activation: activation)
    depthwise = try Self.layer(
      next(), expanded, expanded, kernel: kernel, stride: stride, groups: expanded,
      activation: activation)
    squeeze = squeezes ? try SqueezeExcitation(next(), channels: expanded) : nil
    projection = try Self.layer(next(), expanded, output, kernel: 1, activation: .identity)
    isResidual = stride == 1 && input == output
  }

  func expanded(_ input: Tensor, isTraining: Bool) throws -> Tensor {
    try expansion?(input, isTraining: isTraining) ?? input
  }

  func reduced(_ expanded: Tensor, input: Tensor, isTraining: Bool) throws -> Tensor {
    var features = try depthwise(expanded, isTraining: isTraining)
    if let squeeze { features = try squeeze(features) }
    let result = try projection(features, isTraining: isTraining)
    return isResidual ? try result.adding(input) : result
  }

  func callAsFunction(_ input: Tensor, isTraining: Bool) throws -> Tensor {
    try reduced(expanded(input, isTraining: isTraining), input: input, isTraining: isTraining)
  }

  /// Momentum and epsilon are those of torchvision's SSDLite.
  static func layer(
    _ scope: VariableScope, _ input: Int, _ output: Int, kernel: Int, stride: Int = 1,
    groups: Int = 1, activation: Activation
  ) throws -> NormalizedConvolution {
    try NormalizedConvolution(
      scope, input: input, output: output, kernel: kernel, stride: stride, groups: groups,
      activation: activation, normalizationMomentum: 0.03, normalizationEpsilon: 1e-3)
  }
}

/// Weighs each channel by what all of the map holds: mean, two 1 × 1 convolutions, hard sigmoid.
private struct SqueezeExcitation {
  private let reduce: Convolution
  private let expand: Convolution

  init(_ scope: VariableScope, channels: Int) throws {
    let squeezed = Self.divisible(channels / 4)
    reduce = try Convolution(scope("fc1"), input: channels, output: squeezed, kernel: 1)
    expand = try Convolution(scope("fc2"), input: squeezed, output: channels, kernel: 1)
  }

  func callAsFunction(_ input: Tensor) throws -> Tensor {
    let weights = try expand(reduce(input.meanPooled()).relu()).hardSigmoid()
    return try input.multiplied(by: weights)
  }

  /// The nearest multiple of 8 that is not more than a tenth below: torchvision's
  /// `_make_divisible`.
  private static func divisible(_ value: Int) -> Int {
    let rounded = max(8, (value + 4) / 8 * 8)
    return Double(rounded) < 0.9 * Double(value) ? rounded + 8 : rounded
  }
}
