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

  /// Computes the feature maps of a batch.
  ///
  /// - Parameters:
  ///   - images: `[N, 3, H, W]`, normalized.
  ///   - isTraining: normalizations use the batch's statistics and update the running ones.
  /// - Returns: as many tensors as ``maps`` has entries, each `[N, channels, rows, columns]`.
  func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> [Tensor]
}

extension Backbone {
  public func cellCounts(along pixels: Int) -> [Int] {
    maps.map { (pixels + $0.stride - 1) / $0.stride }
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
