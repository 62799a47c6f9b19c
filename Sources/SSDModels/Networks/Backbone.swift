import Torch

/// The part of a network that makes feature maps of images: what an ``SSD`` predicts on.
///
/// Layers behind a classifier, extra maps and a top-down path belong to the backbone. It registers
/// its variables under a scope of the network's store when it is made. A backbone of one's own
/// needs nothing else than this protocol, and is an SSD with a head and default boxes;
/// <doc:YourOwnBackbone> shows one.
public protocol Backbone {
  /// Channels and strides of the feature maps, finest first.
  var maps: [BackboneMap] { get }

  /// Returns how many cells each map has along an axis of the image.
  ///
  /// By default the quotient of pixels and stride, rounded up, as convolutions give it that are
  /// padded to keep the size. A backbone with others says it here.
  ///
  /// - Parameter pixels: the image's size along that axis.
  func cellCounts(along pixels: Int) -> [Int]

  /// The scopes of its layers, stage by stage from the image on: a stage has all layers of one
  /// resolution. What can be frozen; none by default.
  ///
  /// Extra maps and a top-down path belong to no stage: nobody else's weights have them.
  var stages: [[String]] { get }

  /// Computes the feature maps of a batch.
  ///
  /// - Parameters:
  ///   - images: `[N, 3, H, W]`, normalized.
  ///   - isTraining: normalizations use the batch's statistics and update the running ones.
  /// - Returns: as many tensors as ``maps`` has entries, each `[N, channels, rows, columns]`.
  func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> [Tensor]
}

extension Backbone {
  public var stages: [[String]] { [] }

  public func cellCounts(along pixels: Int) -> [Int] {
    maps.map { (pixels + $0.stride - 1) / $0.stride }
  }
}

/// The scopes of layers by their resolution, as ``Backbone/stages`` has them.
struct StageScopes {
  private(set) var paths: [[String]] = []

  /// Adds the next layer, or layers; a stride above 1 begins a stage, and so does the first.
  mutating func add(_ scope: VariableScope, stride: Int) {
    if stride > 1 || paths.isEmpty { paths.append([]) }
    paths[paths.count - 1].append(scope.path)
  }
}

/// A feature map of a backbone, `[N, channels, rows, columns]`.
public struct BackboneMap: Hashable, Sendable {
  /// C, the number of channels.
  public let channels: Int
  /// Pixels of the image from one cell to the next.
  public let stride: Int

  /// Creates the description of a map.
  ///
  /// - Precondition: both are above 0.
  public init(channels: Int, stride: Int) {
    precondition(channels > 0 && stride > 0, "\(channels) channels at stride \(stride)")
    self.channels = channels
    self.stride = stride
  }
}
