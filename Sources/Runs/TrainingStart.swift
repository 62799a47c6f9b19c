import ModelFiles
import TrainingInput

/// The network of a training, and the weights that it starts from.
public struct TrainingStart: Hashable, Sendable {
  /// The network.
  public let preset: NetworkPreset
  /// The path of its first weights; nil for those of the seed.
  public let pretrainedPath: String?

  /// Takes what was chosen.
  ///
  /// - Parameters:
  ///   - preset: the network.
  ///   - pretrainedPath: of its first weights; nil for those of the seed.
  public init(_ preset: NetworkPreset = .ssdCompact, pretrainedPath: String? = nil) {
    self.preset = preset
    self.pretrainedPath = pretrainedPath
  }

  /// The network that learns few images best, from a backbone that knows ImageNet.
  public static let fromImageNet = NetworkPreset.ssdMobileNetV2FPN

  /// Chooses for images: few photographs are learned best by ``fromImageNet``, where the weights
  /// are there; made shapes, and many images, by `ssd-compact` from the seed.
  ///
  /// - Parameters:
  ///   - data: the images that are trained on.
  ///   - path: returns the path of the weights that the network's preset names; nil where they are
  ///     not there. By default it looks where `make weights` puts them.
  public init(
    for data: TrainingData,
    weightsPath path: (NetworkPreset) throws -> String? = { try $0.imageNetWeights?.pathIfThere() }
  ) throws {
    let suits = Self.imageNetSuits(data)
    let weights = suits ? try path(Self.fromImageNet) : nil
    self.init(weights == nil ? .ssdCompact : Self.fromImageNet, pretrainedPath: weights)
  }

  /// Says whether a start from ImageNet is the better one.
  ///
  /// - Parameter data: the images that are trained on.
  public static func imageNetSuits(_ data: TrainingData) -> Bool {
    TrainingDefaults(imageCount: data.training.images.count).hasFewImages
      && data.source.format != .shapes
  }
}
