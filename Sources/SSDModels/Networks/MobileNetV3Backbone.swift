import Torch

/// MobileNetV3-Large as the backbone of SSDLite.
///
/// Names and shapes are those of torchvision's `ssdlite320_mobilenet_v3_large`, whose parameters
/// with 91 logits are 3,440,060: the tail of the backbone has half the channels, as there. Maps of
/// 320 × 320 pixels: the expansion of the first block of stride 32 (20 × 20), the last convolution
/// (10 × 10) and four extra maps (5, 3, 2, 1).
///
/// - SeeAlso: Howard et al., "Searching for MobileNetV3" (arXiv:1905.02244), table 1 and §6.3.
public struct MobileNetV3Backbone: Backbone {
  public let maps =
    [
      BackboneMap(channels: Self.blocks[Self.splitBlock].1, stride: 16),
      BackboneMap(channels: Self.lastChannels, stride: 32),
    ] + SSDLiteExtras.maps(after: 32)

  /// Up to the expansion whose output is the first map.
  private let stem: NormalizedConvolution
  private let firstBlocks: [InvertedResidualV3]
  private let split: InvertedResidualV3
  private let lastBlocks: [InvertedResidualV3]
  private let last: NormalizedConvolution
  private let extras: SSDLiteExtras

  /// Kernel, expanded and output channels, squeeze-and-excitation, activation, stride.
  private static let blocks: [(Int, Int, Int, Bool, Activation, Int)] = [
    (3, 16, 16, false, .relu, 1), (3, 64, 24, false, .relu, 2), (3, 72, 24, false, .relu, 1),
    (5, 72, 40, true, .relu, 2), (5, 120, 40, true, .relu, 1), (5, 120, 40, true, .relu, 1),
    (3, 240, 80, false, .hardSwish, 2), (3, 200, 80, false, .hardSwish, 1),
    (3, 184, 80, false, .hardSwish, 1), (3, 184, 80, false, .hardSwish, 1),
    (3, 480, 112, true, .hardSwish, 1), (3, 672, 112, true, .hardSwish, 1),
    (5, 672, 80, true, .hardSwish, 2), (5, 480, 80, true, .hardSwish, 1),
    (5, 480, 80, true, .hardSwish, 1),
  ]
  /// The block of stride 32: its expansion belongs to the first part, the rest to the second.
  private static let splitBlock = 12
  private static let lastChannels = 480

  /// Makes six maps.
  ///
  /// - Parameter store: an empty store, whose generator the weights start from.
  public init(_ store: VariableStore) throws {
    let features = store.root("backbone")("features")
    let (first, second) = (features(0), features(1))
    stem = try InvertedResidualV3.layer(
      first(0), 3, 16, kernel: 3, stride: 2, activation: .hardSwish)
    var input = 16
    func block(_ index: Int, _ scope: (Int) -> VariableScope) throws -> InvertedResidualV3 {
      let (kernel, expanded, output, squeezes, activation, stride) = Self.blocks[index]
      defer { input = output }
      return try InvertedResidualV3(
        scope, input: input, expanded: expanded, output: output, kernel: kernel, stride: stride,
        squeezes: squeezes, activation: activation)
    }
    firstBlocks = try (0..<Self.splitBlock).map { index in
      try block(index) { first(index + 1)("block")($0) }
    }
    split = try block(Self.splitBlock) { part in
      part == 0 ? first(Self.splitBlock + 1) : second(0)(part)
    }
    lastBlocks = try (Self.splitBlock + 1..<Self.blocks.count).map { index in
      try block(index) { second(index - Self.splitBlock)("block")($0) }
    }
    last = try InvertedResidualV3.layer(
      second(Self.blocks.count - Self.splitBlock), 80, Self.lastChannels, kernel: 1,
      activation: .hardSwish)
    extras = try SSDLiteExtras(store.root("backbone")("extra"), input: Self.lastChannels)
  }

  public func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> [Tensor] {
    var current = try stem(images, isTraining: isTraining)
    for block in firstBlocks { current = try block(current, isTraining: isTraining) }
    let expanded = try split.expanded(current, isTraining: isTraining)
    var maps = [expanded]
    current = try split.reduced(expanded, input: current, isTraining: isTraining)
    for block in lastBlocks { current = try block(current, isTraining: isTraining) }
    current = try last(current, isTraining: isTraining)
    maps.append(current)
    return try maps + extras(current, isTraining: isTraining)
  }
}

/// Expand by 1 × 1, filter depthwise, weigh the channels, reduce by 1 × 1; the input is added where
/// the size stays.
private struct InvertedResidualV3 {
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
