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
  public let maps = TopDownPath.maps

  public let stages: [[String]]

  private let stem: [NormalizedConvolution]
  private let blocks: [CompactStage]
  private let neck: TopDownPath

  /// Channels of stem and stages.
  private static let stemChannels = [24, 48]
  private static let stageChannels = [96, 160, 192]
  private static let stageBlocks = [2, 2, 1]

  /// Makes five maps; `DefaultBoxSpecification.compact(side:)` gives the usual default boxes.
  ///
  /// - Parameter store: an empty store, whose generator the weights start from.
  public init(_ store: VariableStore) throws {
    let backbone = store.root("backbone")
    var scopes = StageScopes()
    var input = 3
    stem = try Self.stemChannels.enumerated().map { index, output in
      defer { input = output }
      scopes.add(backbone("stem")(index), stride: 2)
      return try NormalizedConvolution(
        backbone("stem")(index), input: input, output: output, kernel: 3, stride: 2)
    }
    blocks = try Self.stageChannels.enumerated().map { index, output in
      defer { input = output }
      scopes.add(backbone("stages")(index), stride: 2)
      return try CompactStage(
        backbone("stages")(index), input: input, output: output,
        blocks: Self.stageBlocks[index])
    }
    stages = scopes.paths
    neck = try TopDownPath(store.root("neck"), inputs: Self.stageChannels)
  }

  public func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> [Tensor] {
    var features = images
    for layer in stem { features = try layer(features, isTraining: isTraining) }
    let stageMaps = try blocks.map { block in
      features = try block(features, isTraining: isTraining)
      return features
    }
    return try neck(stageMaps, isTraining: isTraining)
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
