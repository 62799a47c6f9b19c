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
