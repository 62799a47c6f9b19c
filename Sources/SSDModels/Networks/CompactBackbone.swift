import Torch

/// The backbone of a small SSD for training from scratch on ordinary processors.
///
/// Residual blocks of dense 3 × 3 convolutions, which processors run near their peak, down to
/// stride 32; a top-down path that gives the fine maps what the coarse ones have seen; two extra
/// maps. All maps have the same number of channels. Not in torchvision; names are this project's.
///
/// Stride 8, 16, 32, 64 and 128 of a square input whose side is a multiple of 32.
///
/// - SeeAlso: residual blocks, He et al. (arXiv:1512.03385); top-down path, Lin et al.
///   (arXiv:1612.03144).
public struct CompactBackbone: Backbone {
  public let maps = [8, 16, 32, 64, 128].map { stride in
    BackboneMap(channels: Self.mapChannels, stride: stride)
  }

  private let stem: [NormalizedConvolution]
  private let stages: [CompactStage]
  private let laterals: [NormalizedConvolution]
  private let smoothings: [NormalizedConvolution]
  private let extras: [NormalizedConvolution]

  /// Channels of stem, stages and of every predicted map.
  private static let stemChannels = [24, 48]
  private static let stageChannels = [96, 160, 192]
  private static let stageBlocks = [2, 2, 1]
  private static let mapChannels = 96

  /// Makes five maps; `DefaultBoxSpecification.compact(side:)` gives the usual default boxes.
  ///
  /// - Parameter store: an empty store, whose generator the weights start from.
  public init(_ store: VariableStore) throws {
    let backbone = store.root("backbone")
    var input = 3
    stem = try Self.stemChannels.enumerated().map { index, output in
      defer { input = output }
      return try NormalizedConvolution(
        backbone("stem")(index), input: input, output: output, kernel: 3, stride: 2)
    }
    stages = try Self.stageChannels.enumerated().map { index, output in
      defer { input = output }
      return try CompactStage(
        backbone("stages")(index), input: input, output: output,
        blocks: Self.stageBlocks[index])
    }
    let neck = store.root("neck")
    laterals = try Self.stageChannels.enumerated().map { index, channels in
      try NormalizedConvolution(
        neck("laterals")(index), input: channels, output: Self.mapChannels, kernel: 1,
        activation: .identity)
    }
    smoothings = try Self.stageChannels.indices.map { index in
      try NormalizedConvolution(
        neck("smoothings")(index), input: Self.mapChannels, output: Self.mapChannels, kernel: 3)
    }
    extras = try (0..<2).map { index in
      try NormalizedConvolution(
        neck("extras")(index), input: Self.mapChannels, output: Self.mapChannels, kernel: 3,
        stride: 2)
    }
  }

  public func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> [Tensor] {
    var features = images
    for layer in stem { features = try layer(features, isTraining: isTraining) }
    var lateral: [Tensor] = []
    for (stage, connection) in zip(stages, laterals) {
      features = try stage(features, isTraining: isTraining)
      lateral.append(try connection(features, isTraining: isTraining))
    }
    // Top down: each finer map adds the coarser one.
    for index in lateral.indices.dropLast().reversed() {
      let shape = lateral[index].shape
      lateral[index] = try lateral[index].adding(
        lateral[index + 1].upsampledNearest(height: shape[2], width: shape[3]))
    }
    var maps = try zip(lateral, smoothings).map { try $1($0, isTraining: isTraining) }
    for layer in extras {
      maps.append(try layer(maps[maps.count - 1], isTraining: isTraining))
    }
    return maps
  }
}

/// A convolution of stride 2 and residual blocks at its resolution.
private struct CompactStage {
  private let down: NormalizedConvolution
  private let blocks: [(first: NormalizedConvolution, second: NormalizedConvolution)]

  init(_ scope: VariableScope, input: Int, output: Int, blocks count: Int) throws {
    down = try NormalizedConvolution(
      scope("down"), input: input, output: output, kernel: 3, stride: 2)
    blocks = try (0..<count).map { index in
      let block = scope("blocks")(index)
      return try (
        NormalizedConvolution(block(0), input: output, output: output, kernel: 3),
        // A branch that starts as nothing lets the first steps be large.
        NormalizedConvolution(
          block(1), input: output, output: output, kernel: 3, activation: .identity, scale: 0)
      )
    }
  }

  func callAsFunction(_ input: Tensor, isTraining: Bool) throws -> Tensor {
    var features = try down(input, isTraining: isTraining)
    for block in blocks {
      let branch = try block.second(
        block.first(features, isTraining: isTraining), isTraining: isTraining)
      features = try features.adding(branch).relu()
    }
    return features
  }
}
