import MultiBox
import Torch

/// A single-shot detector: a backbone, and predictors on its feature maps for the default boxes.
///
/// Variables of the head are named as torchvision names them, below `head`; those of the backbone
/// by the backbone.
///
/// - SeeAlso: SSD §2.1 (arXiv:1512.02325); ``Backbone`` for a network of one's own.
public final class SSD<Body: Backbone>: SSDNetwork {
  public let store: VariableStore
  public let defaultBoxSpecification: DefaultBoxSpecification
  /// The part that makes the feature maps.
  public let backbone: Body
  /// The name that messages call the network by.
  public let name: String
  private let head: SSDHead
  /// Channels, rows and columns of each map.
  private let mapShapes: [[Int]]

  /// Puts a head on the maps of a backbone; its weights are the next that the store's generator
  /// draws.
  ///
  /// - Parameters:
  ///   - backbone: has its variables in `store`.
  ///   - classCount: without background.
  ///   - defaultBoxes: on as many feature maps as the backbone has, of the same sizes for the image
  ///     that they name.
  ///   - predictor: what predicts on each map.
  ///   - store: gets the head's variables.
  ///   - name: what messages call the network; by default the backbone's type.
  /// - Throws: ``ModelError`` with the map, what the backbone gives and what the default boxes are
  ///   for.
  public convenience init(
    _ backbone: Body, classCount: Int, defaultBoxes: DefaultBoxSpecification,
    predictor: SSDHead.Predictor = .convolution(), store: VariableStore,
    name: String = "\(Body.self)"
  ) throws {
    try self.init(
      backbone, classCount: classCount, defaultBoxes: defaultBoxes,
      imageHeight: defaultBoxes.imageHeightInPixels, imageWidth: defaultBoxes.imageWidthInPixels,
      predictor: predictor, store: store, name: name)
  }

  /// For images of a size that is known besides: default boxes for another are an error too.
  init(
    _ backbone: Body, classCount: Int, defaultBoxes: DefaultBoxSpecification, imageHeight: Int,
    imageWidth: Int, predictor: SSDHead.Predictor, store: VariableStore, name: String
  ) throws {
    let expected = zip(
      backbone.cellCounts(along: imageHeight), backbone.cellCounts(along: imageWidth))
    try ModelError.check(
      defaultBoxes, expected: expected.map { (rows: $0, columns: $1) }, imageHeight: imageHeight,
      imageWidth: imageWidth, network: name)
    self.backbone = backbone
    self.store = store
    self.name = name
    defaultBoxSpecification = defaultBoxes
    mapShapes = zip(backbone.maps, defaultBoxes.featureMaps).map { map, boxes in
      [map.channels, boxes.rows, boxes.columns]
    }
    head = try SSDHead(
      store.root("head"), channels: backbone.maps.map(\.channels), specification: defaultBoxes,
      logitCount: classCount + 1, predictor: predictor)
  }

  public var stages: [[String]] { backbone.stages }

  /// Predicts for a batch; see ``SSDNetwork/callAsFunction(_:isTraining:)``.
  ///
  /// - Throws: ``ModelError`` where the backbone gives another map than it states, as for images of
  ///   another size than the default boxes are for; an error of LibTorch.
  public func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> SSDOutput {
    let maps = try backbone(images, isTraining: isTraining)
    try checkShapes(of: maps, images: images)
    return try head(maps, isTraining: isTraining)
  }

  public func startScores(at score: Double) throws { try head.startScores(at: score) }

  private func checkShapes(of maps: [Tensor], images: Tensor) throws(ModelError) {
    guard maps.count == mapShapes.count else {
      throw .backboneMapCount(network: name, expected: mapShapes.count, found: maps.count)
    }
    for (index, (map, expected)) in zip(maps, mapShapes).enumerated() {
      let found = map.shape
      guard found.dropFirst().elementsEqual(expected) else {
        throw .backboneMapShape(
          network: name, index: index, expected: images.shape.prefix(1) + expected, found: found)
      }
    }
  }
}
