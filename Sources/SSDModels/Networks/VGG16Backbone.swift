import Torch

/// VGG16 as the backbone of SSD300 and SSD512, as the paper has it.
///
/// VGG16 with fc6 and fc7 as convolutions (fc6 dilated by 6), pool5 of stride 1, conv4_3 normalized
/// over its channels with a learned scale that starts at 20, and extra maps behind fc7. Names and
/// shapes are those of torchvision's `ssd300_vgg16`, whose parameters with 91 logits are
/// 35,641,826; for 512 pixels one more extra map, as in torchvision's `highres`.
///
/// - SeeAlso: SSD §3; Liu et al., "ParseNet" (arXiv:1506.04579) for the normalization.
public struct VGG16Backbone: Backbone {
  /// The side of the square input.
  public enum Size: Int, Hashable, Sendable, Codable {
    /// 300 × 300 pixels, as SSD300.
    case pixels300 = 300
    /// 512 × 512 pixels, as SSD512.
    case pixels512 = 512
  }

  public let maps: [BackboneMap]
  public let stages: [[String]]

  /// A convolution with ReLU, or a pooling.
  private enum Layer {
    case convolution(Convolution)
    case pool(kernel: Int, stride: Int, padding: Int, ceilMode: Bool)

    func callAsFunction(_ input: Tensor) throws -> Tensor {
      switch self {
      case .convolution(let convolution): try convolution(input).reluInPlace()
      case .pool(let kernel, let stride, let padding, let ceilMode):
        try input.maxPooled(kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode)
      }
    }

    /// Cells along an axis, for as many before.
    func cellCount(_ input: Int) -> Int {
      switch self {
      case .convolution(let convolution): return convolution.cellCount(input)
      case .pool(let kernel, let stride, let padding, let ceilMode):
        return (input + 2 * padding - kernel + (ceilMode ? stride - 1 : 0)) / stride + 1
      }
    }
  }

  /// Up to conv4_3.
  private let features: [Layer]
  private let scale: Tensor
  /// From pool4 to fc7, then the extra maps.
  private let extras: [[Layer]]

  /// Makes six maps for 300 pixels, seven for 512.
  ///
  /// - Parameters:
  ///   - store: an empty store, whose generator the weights start from.
  ///   - size: of the input.
  public init(_ store: VariableStore, size: Size) throws {
    let backbone = store.root("backbone")
    scale = try backbone.constant("scale_weight", [512], 20, .normalization)

    func convolution(
      _ scope: VariableScope, _ input: Int, _ output: Int, kernel: Int = 3, stride: Int = 1,
      padding: Int? = nil, dilation: Int = 1
    ) throws -> Layer {
      .convolution(
        try Convolution(
          scope, input: input, output: output, kernel: kernel, stride: stride, padding: padding,
          dilation: dilation))
    }
    func pool(ceilMode: Bool = false) -> Layer {
      .pool(kernel: 2, stride: 2, padding: 0, ceilMode: ceilMode)
    }

    // Positions count convolution, ReLU and pooling, as in torchvision's list of layers.
    let scope = backbone("features")
    var layers: [Layer] = []
    var scopes = StageScopes()
    var position = 0
    var input = 3
    for (stage, channels) in [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512]].enumerated() {
      if stage > 0 {
        // pool3 rounds up, so that 75 becomes 38.
        layers.append(pool(ceilMode: stage == 3))
        position += 1
      }
      for (index, output) in channels.enumerated() {
        // The first stage begins with the image, the others with a pooling.
        scopes.add(scope(position), stride: index == 0 ? 2 : 1)
        layers.append(try convolution(scope(position), input, output))
        position += 2
        input = output
      }
    }
    features = layers

    let extra = backbone("extra")
    var groups: [[Layer]] = []
    var fully: [Layer] = [pool()]
    for index in 0..<3 { fully.append(try convolution(extra(0)(1 + index * 2), 512, 512)) }
    fully.append(.pool(kernel: 3, stride: 1, padding: 1, ceilMode: false))
    fully.append(
      try convolution(extra(0)(7)(1), 512, 1024, padding: 6, dilation: 6))
    fully.append(try convolution(extra(0)(7)(3), 1024, 1024, kernel: 1))
    groups.append(fully)
    scopes.add(extra(0), stride: 2)
    stages = scopes.paths
    // Channels in between and out, kernel, stride and padding of the second convolution.
    var shapes = [(256, 512, 3, 2, 1), (128, 256, 3, 2, 1)]
    switch size {
    case .pixels300: shapes += [(128, 256, 3, 1, 0), (128, 256, 3, 1, 0)]
    case .pixels512: shapes += [(128, 256, 3, 2, 1), (128, 256, 3, 2, 1), (128, 256, 4, 1, 1)]
    }
    input = 1024
    for (index, shape) in shapes.enumerated() {
      groups.append([
        try convolution(extra(index + 1)(0), input, shape.0, kernel: 1),
        try convolution(
          extra(index + 1)(2), shape.0, shape.1, kernel: shape.2, stride: shape.3,
          padding: shape.4),
      ])
      input = shape.1
    }
    extras = groups
    var stride = 16
    maps =
      [BackboneMap(channels: 512, stride: 8), BackboneMap(channels: 1024, stride: stride)]
      + shapes.map { shape in
        stride *= shape.3
        return BackboneMap(channels: shape.1, stride: stride)
      }
  }

  /// The convolutions of the last maps are not padded, and pool3 rounds up where the others round
  /// down: 300 pixels give 38, 19, 10, 5, 3 and 1 cells.
  public func cellCounts(along pixels: Int) -> [Int] {
    var current = features.reduce(pixels) { $1.cellCount($0) }
    return [current]
      + extras.map { group in
        current = group.reduce(current) { $1.cellCount($0) }
        return current
      }
  }

  public func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> [Tensor] {
    var current = images
    for layer in features { current = try layer(current) }
    let rescaled = try current.normalizedOverChannels().multiplied(
      by: scale.reshaped([1, -1, 1, 1]))
    var maps = [rescaled]
    for group in extras {
      for layer in group { current = try layer(current) }
      maps.append(current)
    }
    return maps
  }
}
