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

  public let stages: [[String]]

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
    var scopes = StageScopes()
    scopes.add(first(0), stride: 2)
    var input = 16
    func block(_ index: Int, _ scope: (Int) -> VariableScope) throws -> InvertedResidualV3 {
      let (kernel, expanded, output, squeezes, activation, stride) = Self.blocks[index]
      defer { input = output }
      return try InvertedResidualV3(
        scope, input: input, expanded: expanded, output: output, kernel: kernel, stride: stride,
        squeezes: squeezes, activation: activation)
    }
    firstBlocks = try (0..<Self.splitBlock).map { index in
      scopes.add(first(index + 1), stride: Self.blocks[index].5)
      return try block(index) { first(index + 1)("block")($0) }
    }
    scopes.add(first(Self.splitBlock + 1), stride: Self.blocks[Self.splitBlock].5)
    scopes.add(second, stride: 1)
    stages = scopes.paths
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
