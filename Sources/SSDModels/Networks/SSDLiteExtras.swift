import Torch

/// The four extra maps that SSDLite networks have behind their backbone.
///
/// Each halves the map before it: 1 × 1, depthwise 3 × 3 of stride 2, 1 × 1. Named and normalized
/// as in torchvision's SSDLite.
public struct SSDLiteExtras {
  /// C of each extra map.
  private static let channels = [512, 256, 256, 128]

  private let groups: [[NormalizedConvolution]]

  /// Returns the extra maps behind one of a `stride`.
  public static func maps(after stride: Int) -> [BackboneMap] {
    channels.enumerated().map { BackboneMap(channels: $1, stride: stride << ($0 + 1)) }
  }

  /// Makes the layers of four maps.
  ///
  /// - Parameters:
  ///   - scope: `backbone.extra` in torchvision.
  ///   - input: C of the last map before.
  public init(_ scope: VariableScope, input: Int) throws {
    var input = input
    groups = try Self.channels.enumerated().map { index, output in
      let block = scope(index)
      defer { input = output }
      let between = output / 2
      return [
        try .ssdLite(block(0), input: input, output: between, kernel: 1),
        try .ssdLite(
          block(1), input: between, output: between, kernel: 3, stride: 2, groups: between),
        try .ssdLite(block(2), input: between, output: output, kernel: 1),
      ]
    }
  }

  /// Returns the extra maps.
  ///
  /// - Parameters:
  ///   - input: `[N, C, H, W]`, the last map before.
  ///   - isTraining: normalizations use the batch's statistics and update the running ones.
  public func callAsFunction(_ input: Tensor, isTraining: Bool) throws -> [Tensor] {
    var current = input
    return try groups.map { group in
      for layer in group { current = try layer(current, isTraining: isTraining) }
      return current
    }
  }
}

extension NormalizedConvolution {
  /// What the variance is raised by in torchvision's SSDLite and TensorFlow's SSD.
  static let ssdLiteEpsilon = 1e-3

  /// Makes a layer of torchvision's SSDLite behind the backbone: ReLU6, a momentum of .03, an
  /// epsilon of .001, weights of a deviation of .03.
  ///
  /// - Parameters:
  ///   - scope: variables become `scope.0.weight`, `scope.1.weight` and so on.
  ///   - input: C.
  ///   - output: C′.
  ///   - kernel: k, rows and columns of the window.
  ///   - stride: pixels from one window to the next.
  ///   - groups: as many as channels for a depthwise convolution.
  public static func ssdLite(
    _ scope: VariableScope, input: Int, output: Int, kernel: Int, stride: Int = 1, groups: Int = 1
  ) throws -> NormalizedConvolution {
    try NormalizedConvolution(
      scope, input: input, output: output, kernel: kernel, stride: stride, groups: groups,
      activation: .relu6, normalizationMomentum: 0.03, normalizationEpsilon: ssdLiteEpsilon,
      initialization: .normal(deviation: 0.03))
  }
}
