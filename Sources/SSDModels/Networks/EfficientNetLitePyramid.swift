import Torch

/// EfficientNet-Lite0 with a top-down path, for inputs of any side that is a multiple of 32.
///
/// Blocks without squeeze-and-excitation, with ReLU6. Maps of stride 8 and 16 are the expansions of
/// the first blocks of the next stride, that of 32 the last convolution, as in
/// ``MobileNetV2Pyramid``. Names are this project's, in torchvision's manner.
///
/// TensorFlow pads a window of stride 2 at the right and below alone where the side is even. Here
/// it has one row and one column more at its beginning, 4 or 6 in place of 3 or 5, and is padded on
/// all sides: zeros there give the same numbers, and weights from TensorFlow begin with them.
///
/// - SeeAlso: Tan and Le, "EfficientNet" (arXiv:1905.11946), and TensorFlow's EfficientNet-Lite.
public struct EfficientNetLitePyramid: Backbone {
  public let maps = TopDownPath.maps
  public let stages: [[String]]

  private let stem: NormalizedConvolution
  private let blocks: [InvertedResidualV3]
  private let last: NormalizedConvolution
  private let neck: TopDownPath

  /// Kernel, expansion, channels, blocks and stride of the first.
  private static let shapes = [
    (3, 1, 16, 1, 1), (3, 6, 24, 2, 2), (5, 6, 40, 2, 2), (3, 6, 80, 3, 2), (5, 6, 112, 3, 1),
    (5, 6, 192, 4, 2), (3, 6, 320, 1, 1),
  ]
  /// Blocks whose expansion is the last thing at stride 8 and 16, and its channels.
  private static let mapBlocks = [5: 40 * 6, 11: 112 * 6]
  private static let lastChannels = 1280
  /// Blocks of stride 2, whose windows have a row and a column more than in TensorFlow.
  static let stridedBlocks = [1, 3, 5, 11]

  /// Makes five maps; `DefaultBoxSpecification.compact(side:)` gives the usual default boxes.
  ///
  /// - Parameter store: an empty store, whose generator the weights start from.
  public init(_ store: VariableStore) throws {
    let features = store.root("backbone")("features")
    stem = try InvertedResidualV3.layer(
      features(0), 3, 32, kernel: 4, stride: 2, activation: .relu6)
    var blocks: [InvertedResidualV3] = []
    var scopes = StageScopes()
    scopes.add(features(0), stride: 2)
    var input = 32
    for (kernel, expansion, output, count, firstStride) in Self.shapes {
      for index in 0..<count {
        let stride = index == 0 ? firstStride : 1
        let scope = features(blocks.count + 1)("block")
        scopes.add(features(blocks.count + 1), stride: stride)
        blocks.append(
          try InvertedResidualV3(
            { scope($0) }, input: input, expanded: input * expansion, output: output,
            kernel: stride == 2 ? kernel + 1 : kernel, stride: stride, squeezes: false,
            activation: .relu6))
        input = output
      }
    }
    self.blocks = blocks
    last = try InvertedResidualV3.layer(
      features(blocks.count + 1), input, Self.lastChannels, kernel: 1, activation: .relu6)
    scopes.add(features(blocks.count + 1), stride: 1)
    stages = scopes.paths
    neck = try TopDownPath(
      store.root("neck"),
      inputs: Self.mapBlocks.sorted { $0.key < $1.key }.map(\.value) + [Self.lastChannels])
  }

  public func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> [Tensor] {
    try neck(features(images, isTraining: isTraining), isTraining: isTraining)
  }

  /// The maps of stride 8, 16 and 32 that the top-down path begins with.
  func features(_ images: Tensor, isTraining: Bool) throws -> [Tensor] {
    var current = try stem(images, isTraining: isTraining)
    var maps: [Tensor] = []
    for (index, block) in blocks.enumerated() {
      let expanded = try block.expanded(current, isTraining: isTraining)
      if Self.mapBlocks[index] != nil { maps.append(expanded) }
      current = try block.reduced(expanded, input: current, isTraining: isTraining)
    }
    return try maps + [last(current, isTraining: isTraining)]
  }
}
