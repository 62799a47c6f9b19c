import Torch

/// The layers of MobileNetV2 up to its last convolution, with torchvision's names.
struct MobileNetV2Features {
  /// The maps that are predicted on.
  let maps: [BackboneMap]
  /// Their layers by resolution.
  let stages: [[String]]

  private let stem: NormalizedConvolution
  private let blocks: [InvertedResidual]
  private let last: NormalizedConvolution
  /// Blocks whose expansion is a map.
  private let mapBlocks: [Int]

  /// The paper's table 2: expansion, channels, blocks, stride of the first.
  private static let stages = [
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
    (6, 320, 1, 1),
  ]
  /// Blocks whose expansion is the last thing at its stride.
  private static let expansions = [
    (block: 6, map: BackboneMap(channels: 32 * 6, stride: 8)),
    (block: 13, map: BackboneMap(channels: 96 * 6, stride: 16)),
  ]

  /// - Parameters:
  ///   - scope: `features` in torchvision's `mobilenet_v2`.
  ///   - strides: of the maps: 8, 16 and 32, the last always.
  init(_ scope: VariableScope, strides: [Int]) throws {
    stem = try Self.layer(scope(0), 3, 32, kernel: 3, stride: 2)
    var scopes = StageScopes()
    scopes.add(scope(0), stride: 2)
    var blocks: [InvertedResidual] = []
    var input = 32
    for (expansion, output, count, stride) in Self.stages {
      for index in 0..<count {
        scopes.add(scope(blocks.count + 1), stride: index == 0 ? stride : 1)
        blocks.append(
          try InvertedResidual(
            scope(blocks.count + 1)("conv"), input: input, output: output,
            stride: index == 0 ? stride : 1, expansion: expansion))
        input = output
      }
    }
    self.blocks = blocks
    last = try Self.layer(scope(18), 320, 1280, kernel: 1)
    scopes.add(scope(18), stride: 1)
    stages = scopes.paths
    let expansions = Self.expansions.filter { strides.contains($0.map.stride) }
    mapBlocks = expansions.map(\.block)
    maps = expansions.map(\.map) + [BackboneMap(channels: 1280, stride: 32)]
  }

  func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> [Tensor] {
    var current = try stem(images, isTraining: isTraining)
    var maps: [Tensor] = []
    for (index, block) in blocks.enumerated() {
      if mapBlocks.contains(index) {
        let expanded = try block.expanded(current, isTraining: isTraining)
        maps.append(expanded)
        current = try block.reduced(expanded, input: current, isTraining: isTraining)
      } else {
        current = try block(current, isTraining: isTraining)
      }
    }
    maps.append(try last(current, isTraining: isTraining))
    return maps
  }

  /// Convolution, normalization, ReLU6. The momentum of the norms is that of torchvision's SSDLite,
  /// which small batches train more steadily with; epsilon that of torchvision's `mobilenet_v2`,
  /// whose weights the backbone takes.
  fileprivate static func layer(
    _ scope: VariableScope, _ input: Int, _ output: Int, kernel: Int, stride: Int = 1,
    groups: Int = 1, activation: Activation = .relu6
  ) throws -> NormalizedConvolution {
    try NormalizedConvolution(
      scope, input: input, output: output, kernel: kernel, stride: stride, groups: groups,
      activation: activation, normalizationMomentum: 0.03)
  }
}

/// Expand by 1 × 1, filter by depthwise 3 × 3, reduce by 1 × 1; the input is added where the size
/// stays.
private struct InvertedResidual {
  /// Nil where the expansion is 1.
  private let expansion: NormalizedConvolution?
  private let depthwise: NormalizedConvolution
  private let projection: Convolution
  private let projectionNorm: BatchNormalization
  private let isResidual: Bool

  init(_ scope: VariableScope, input: Int, output: Int, stride: Int, expansion factor: Int) throws {
    let hidden = input * factor
    var position = 0
    if factor == 1 {
      expansion = nil
    } else {
      expansion = try MobileNetV2Features.layer(scope(0), input, hidden, kernel: 1)
      position = 1
    }
    depthwise = try MobileNetV2Features.layer(
      scope(position), hidden, hidden, kernel: 3, stride: stride, groups: hidden)
    // torchvision names these two without a level of their own.
    projection = try Convolution(
      scope(position + 1), input: hidden, output: output, kernel: 1, biasValue: nil)
    projectionNorm = try BatchNormalization(
      scope(position + 2), channels: output, momentum: 0.03)
    isResidual = stride == 1 && input == output
  }

  func expanded(_ input: Tensor, isTraining: Bool) throws -> Tensor {
    try expansion?(input, isTraining: isTraining) ?? input
  }

  func reduced(_ expanded: Tensor, input: Tensor, isTraining: Bool) throws -> Tensor {
    let result = try projectionNorm(
      projection(depthwise(expanded, isTraining: isTraining)), isTraining: isTraining)
    return isResidual ? try result.adding(input) : result
  }

  func callAsFunction(_ input: Tensor, isTraining: Bool) throws -> Tensor {
    try reduced(
      expanded(input, isTraining: isTraining), input: input, isTraining: isTraining)
  }
}
