import MultiBox
import SSDModels
import Torch

/// Convolutions alone: no normalization makes an image depend on the others of its batch. With
/// normalizations it is so shallow that they do not make much of a rounding.
struct PlainBackbone: Backbone {
  let maps = [BackboneMap(channels: 16, stride: 8), BackboneMap(channels: 16, stride: 16)]
  private let layers: [(Tensor, Bool) throws -> Tensor]

  init(_ scope: VariableScope, isNormalized: Bool = false) throws {
    var input = 3
    layers = try [8, 16, 16, 16].enumerated().map { index, output in
      defer { input = output }
      if isNormalized {
        let layer = try NormalizedConvolution(
          scope(index), input: input, output: output, kernel: 3, stride: 2)
        return { try layer($0, isTraining: $1) }
      }
      let layer = try Convolution(
        scope(index), input: input, output: output, kernel: 3, stride: 2)
      return { images, _ in try layer(images).relu() }
    }
  }

  func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> [Tensor] {
    var outputs = [images]
    for layer in layers { outputs.append(try layer(outputs[outputs.count - 1], isTraining)) }
    return Array(outputs.suffix(2))
  }

  /// Default boxes for images of 64 × 64 pixels.
  static let defaultBoxes = DefaultBoxSpecification(
    imageWidthInPixels: 64, imageHeightInPixels: 64,
    featureMaps: [(8, 12.0, 24.0), (4, 24.0, 48.0)].map { cells, size, next in
      DefaultBoxSpecification.FeatureMap(
        cells: cells, size: size, nextSize: next, aspectRatios: [2])
    })

  /// A network for four classes.
  static func network(
    seed: UInt64 = 5, isNormalized: Bool = false
  ) throws -> SSD<PlainBackbone> {
    let store = try VariableStore(seed: seed)
    return try SSD(
      PlainBackbone(store.root("backbone"), isNormalized: isNormalized), classCount: 4,
      defaultBoxes: defaultBoxes, store: store)
  }
}
