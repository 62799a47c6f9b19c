import Torch

/// A top-down path over three maps of a backbone, and two extra maps behind it.
///
/// It gives the fine maps what the coarse ones have seen: each map is brought to the same number of
/// channels, adds the coarser one, and is smoothed by a dense 3 × 3 convolution, which processors
/// run near their peak. Stride 8, 16, 32, 64 and 128 of a square input whose side is a multiple of
/// 32, for which `DefaultBoxSpecification.compact(side:)` gives the usual default boxes.
///
/// - SeeAlso: Lin et al., "Feature Pyramid Networks" (arXiv:1612.03144).
public struct TopDownPath {
  /// The maps that come out, finest first.
  public static let maps = [8, 16, 32, 64, 128].map { stride in
    BackboneMap(channels: Self.channels, stride: stride)
  }

  private let laterals: [NormalizedConvolution]
  private let smoothings: [NormalizedConvolution]
  private let extras: [NormalizedConvolution]

  private static let channels = 96
  private static let extraCount = 2

  /// Makes the layers.
  ///
  /// - Parameters:
  ///   - scope: variables become `scope.laterals.0.0.weight` and so on.
  ///   - inputs: C of the maps of stride 8, 16 and 32.
  /// - Precondition: three maps.
  public init(_ scope: VariableScope, inputs: [Int]) throws {
    precondition(
      inputs.count + Self.extraCount == Self.maps.count, "\(inputs.count) maps of a backbone")
    let channels = Self.channels
    laterals = try inputs.enumerated().map { index, input in
      try NormalizedConvolution(
        scope("laterals")(index), input: input, output: channels, kernel: 1,
        activation: .identity)
    }
    smoothings = try inputs.indices.map { index in
      try NormalizedConvolution(
        scope("smoothings")(index), input: channels, output: channels, kernel: 3)
    }
    extras = try (0..<Self.extraCount).map { index in
      try NormalizedConvolution(
        scope("extras")(index), input: channels, output: channels, kernel: 3, stride: 2)
    }
  }

  /// Returns the five maps.
  ///
  /// - Parameters:
  ///   - inputs: `[N, C, H, W]` of stride 8, 16 and 32.
  ///   - isTraining: normalizations use the batch's statistics and update the running ones.
  public func callAsFunction(_ inputs: [Tensor], isTraining: Bool) throws -> [Tensor] {
    var lateral = try zip(inputs, laterals).map { try $1($0, isTraining: isTraining) }
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
