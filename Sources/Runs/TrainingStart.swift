import ModelFiles
import TrainingInput

/// The network of a training, and the weights that it starts from.
public struct TrainingStart: Hashable, Sendable {
  /// The network.
  public let preset: NetworkPreset
  /// The weights that it starts from.
  public let weights: Weights

  /// Weights that a network starts from.
  public enum Weights: Hashable, Sendable {
    /// Those of the seed.
    case random
    /// Those of an ImageNet classifier for the backbone, in this file.
    case imageNet(path: String)
    /// Those of another file.
    case file(path: String)

    /// They are those of an ImageNet classifier.
    public var areOfImageNet: Bool { if case .imageNet = self { true } else { false } }

    /// The path of their file; nil for random ones.
    public var path: String? {
      switch self {
      case .random: nil
      case .imageNet(let path), .file(let path): path
      }
    }
  }

  /// Takes what was chosen.
  ///
  /// - Parameters:
  ///   - preset: the network.
  ///   - weights: that it starts from.
  public init(_ preset: NetworkPreset = .ssdCompact, weights: Weights = .random) {
    self.preset = preset
    self.weights = weights
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
    guard Self.imageNetSuits(data), let path = try path(Self.fromImageNet) else {
      self.init()
      return
    }
    self.init(Self.fromImageNet, weights: .imageNet(path: path))
  }

  /// Says whether a start from ImageNet is the better one.
  ///
  /// - Parameter data: the images that are trained on.
  public static func imageNetSuits(_ data: TrainingData) -> Bool {
    TrainingDefaults(imageCount: data.training.images.count).hasFewImages
      && data.source.format != .shapes
  }
}
