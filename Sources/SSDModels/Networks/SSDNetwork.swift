import MultiBox
import Torch

/// The predictions of an SSD network for `N` images: for each of `D` default boxes `K` logits and
/// four offsets.
public struct SSDOutput {
  /// The logits, `[N, D, K]`, float32; logit 0 is the background.
  public let logits: Tensor
  /// The offsets, `[N, D, 4]`, float32: cx, cy, w, h relative to the default boxes, divided by the
  /// variances.
  public let offsets: Tensor

  /// Creates an output of tensors that a network computed.
  public init(logits: Tensor, offsets: Tensor) {
    self.logits = logits
    self.offsets = offsets
  }
}

/// A network that predicts logits and offsets for its default boxes.
///
/// It never sees ground truth or a loss. ``SSD`` is one of any backbone; a network of another build
/// conforms itself.
public protocol SSDNetwork: AnyObject {
  /// All variables, with the names of a checkpoint.
  var store: VariableStore { get }
  /// Input size, feature maps and default-box shapes.
  var defaultBoxSpecification: DefaultBoxSpecification { get }

  /// The scopes of the backbone's layers, stage by stage from the image on, as
  /// ``Backbone/stages``; none by default.
  var stages: [[String]] { get }

  /// Predicts for a batch.
  ///
  /// - Parameters:
  ///   - images: `[N, 3, H, W]`, normalized, channels-last in memory for speed.
  ///   - isTraining: normalizations use the batch's statistics and update the running ones.
  func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> SSDOutput

  /// Sets the last biases of the logits so that sigmoids of all classes start near a score, for a
  /// loss that wants it.
  ///
  /// - Parameter score: above 0 and below 1.
  func startScores(at score: Double) throws
}

extension SSDNetwork {
  public var stages: [[String]] { [] }

  /// Freezes the first stages, and no others: their weights and the statistics of their
  /// normalizations stay as they are while the network trains.
  ///
  /// Before an optimizer gets the variables, which frozen ones are not among.
  ///
  /// - Parameter count: of stages, 0 for none.
  /// - Precondition: there are as many.
  public func freezeStages(_ count: Int) throws {
    precondition(stages.indices.contains(count - 1) || count == 0, "\(count) of \(stages.count)")
    try store.freeze(under: stages.prefix(count).flatMap { $0 })
  }
}
