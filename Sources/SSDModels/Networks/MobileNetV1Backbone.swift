import Torch

/// MobileNet-v1 as the backbone of SSD for 300 × 300 pixels, as TensorFlow's Object Detection API
/// has it.
///
/// One chain of convolutions, each with normalization and ReLU6: a stem, thirteen pairs of a
/// depthwise 3 × 3 and a 1 × 1, four pairs of 1 × 1 and 3 × 3 of stride 2. Predicted on are pairs
/// 11 and 13 (19 × 19 and 10 × 10 cells) and the extra ones (5, 3, 2, 1). Names are this project's,
/// in torchvision's manner: `backbone.features.0` is the stem, `backbone.features.3.1` the 1 × 1
/// convolution of the third pair, `backbone.extra.0.1` the map of 5 × 5 cells.
///
/// TensorFlow pads a window of stride 2 at the right and below alone where the side is even. Here
/// it has one row and one column more at its beginning, as in ``EfficientNetLitePyramid``, and
/// weights from TensorFlow begin with zeros.
///
/// - SeeAlso: Howard et al., "MobileNets" (arXiv:1704.04861);
///   `ssd_mobilenet_v1_feature_extractor` of TensorFlow's Object Detection API.
public struct MobileNetV1Backbone: Backbone {
  public let maps: [BackboneMap]
  public let stages: [[String]]

  private let layers: [(convolution: NormalizedConvolution, isMap: Bool)]

  /// A convolution of the chain.
  struct Layer {
    /// The place of its variables below `backbone`.
    let name: String
    let input: Int
    let output: Int
    /// Rows and columns of TensorFlow's window.
    let window: Int
    let stride: Int
    let isDepthwise: Bool
    /// The window has a row and a column more here than in TensorFlow.
    let isWidened: Bool
    /// Pixels of the image from one cell to the next, where it is predicted on.
    let mapStride: Int?
  }

  /// Channels of the 1 × 1 convolution of each pair, and the stride of the one before.
  private static let pairs = [
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1),
    (512, 1), (512, 1), (1024, 2), (1024, 1),
  ]
  /// Pairs that are predicted on, from 1.
  private static let mapPairs = [11, 13]
  /// Channels of the extra pairs.
  private static let extras = [(256, 512), (128, 256), (128, 256), (64, 128)]

  /// Returns the chain, from the image on.
  ///
  /// - Parameter depthMultiplier: the share of the channels that the layers have.
  static func layers(depthMultiplier: Double) -> [Layer] {
    var result: [Layer] = []
    var (input, cells, pixels) = (3, 300, 1)
    func add(
      _ name: String, _ channels: Int? = nil, window: Int, stride: Int = 1, isMap: Bool = false
    ) {
      let output = channels.map { Int(Double($0) * depthMultiplier) }
      pixels *= stride
      result.append(
        Layer(
          name: name, input: input, output: output ?? input, window: window, stride: stride,
          isDepthwise: output == nil, isWidened: stride == 2 && cells % 2 == 0,
          mapStride: isMap ? pixels : nil))
      input = output ?? input
      cells = (cells + stride - 1) / stride
    }
    add("features.0", 32, window: 3, stride: 2)
    for (index, (channels, stride)) in pairs.enumerated() {
      let number = index + 1
      add("features.\(number).0", window: 3, stride: stride)
      add("features.\(number).1", channels, window: 1, isMap: mapPairs.contains(number))
    }
    for (index, (between, channels)) in extras.enumerated() {
      add("extra.\(index).0", between, window: 1)
      add("extra.\(index).1", channels, window: 3, stride: 2, isMap: true)
    }
    return result
  }

  /// Makes six maps for 300 pixels.
  ///
  /// - Parameters:
  ///   - store: an empty store, whose generator the weights start from.
  ///   - depthMultiplier: the share of the paper's channels: 1, .75 or .5.
  public init(_ store: VariableStore, depthMultiplier: Double = 1) throws {
    let plan = Self.layers(depthMultiplier: depthMultiplier)
    var scopes = StageScopes()
    layers = try plan.map { layer in
      let scope = layer.name.split(separator: ".").reduce(store.root("backbone")) { $0(String($1)) }
      // The extra layers are no part of the classifier.
      if layer.name.hasPrefix("features.") { scopes.add(scope, stride: layer.stride) }
      return (
        try .ssdLite(
          scope, input: layer.input, output: layer.output,
          kernel: layer.window + (layer.isWidened ? 1 : 0), stride: layer.stride,
          groups: layer.isDepthwise ? layer.input : 1), layer.mapStride != nil
      )
    }
    stages = scopes.paths
    maps = plan.compactMap { layer in
      layer.mapStride.map { BackboneMap(channels: layer.output, stride: $0) }
    }
  }

  public func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> [Tensor] {
    var current = images
    return try layers.compactMap { layer in
      current = try layer.convolution(current, isTraining: isTraining)
      return layer.isMap ? current : nil
    }
  }
}
