import MultiBox
import SSDModels
import Torch

/// Five convolutions that halve the image; the last three give the feature maps.
struct ThreeMaps: Backbone {
  let maps = [
    BackboneMap(channels: 48, stride: 8), BackboneMap(channels: 64, stride: 16),
    BackboneMap(channels: 96, stride: 32),
  ]
  private let layers: [NormalizedConvolution]

  init(_ scope: VariableScope) throws {
    var input = 3
    layers = try [16, 32, 48, 64, 96].enumerated().map { index, output in
      defer { input = output }
      return try NormalizedConvolution(
        scope(index), input: input, output: output, kernel: 3, stride: 2)
    }
  }

  func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> [Tensor] {
    var outputs = [images]
    for layer in layers {
      outputs.append(try layer(outputs[outputs.count - 1], isTraining: isTraining))
    }
    return Array(outputs.suffix(3))
  }
}

extension DefaultBoxSpecification {
  /// Default boxes for ``ThreeMaps``: from a tenth of the side to four fifths of it.
  static func threeMaps(side: Int) -> DefaultBoxSpecification {
    let sizes = [0.1, 0.25, 0.5, 0.8].map { $0 * Double(side) }
    return DefaultBoxSpecification(
      imageWidthInPixels: side, imageHeightInPixels: side,
      featureMaps: (0..<3).map { map in
        FeatureMap(
          cells: side / (8 << map), size: sizes[map], nextSize: sizes[map + 1], aspectRatios: [2])
      })
  }
}
