import MultiBox
import SSDModels
import Torch
import TrainingInput

/// A loss and its gradient with respect to a network's output.
public struct LossGradients {
  /// The loss, in parts.
  public let loss: MultiBoxLoss.Result
  /// ∂L/∂logits, `[N, D, K]`.
  public let logits: Tensor
  /// ∂L/∂offsets, `[N, D, 4]`.
  public let offsets: Tensor

  /// The same with both gradients times a factor.
  func scaled(by factor: Double) throws(TorchError) -> LossGradients {
    LossGradients(
      loss: loss, logits: try logits.multiplied(by: factor),
      offsets: try offsets.multiplied(by: factor))
  }
}

// The seam between heart and LibTorch: logits and offsets are read where LibTorch keeps them, or
// through a copy where that is another device than the CPU, and their gradients are written into
// the tensors that `backward` continues from, or are moved to their device.
extension SSDOutput {
  /// Computes a loss and its gradient.
  ///
  /// - Parameters:
  ///   - loss: any loss of the heart.
  ///   - groundTruth: for each image its boxes, in shares of the image, 0…1.
  ///   - defaultBoxes: D boxes, those of the network.
  ///   - normalizer: the divisor of the sums; nil takes that of this batch.
  ///   - threadCount: threads of the loss.
  /// - Throws: `InputError` for boxes that the loss does not take; an error of LibTorch.
  public func gradients(
    of loss: MultiBoxLoss, groundTruth: [[LabeledBox]], defaultBoxes: DefaultBoxes,
    normalizer: Double? = nil, threadCount: Int = 1
  ) throws -> LossGradients {
    let logitGradient = try logits.emptyOnHost()
    let offsetGradient = try offsets.emptyOnHost()
    let value = try logits.withFloats { logits in
      try offsets.withFloats { offsets in
        try logitGradient.withMutableFloats { logitGradient in
          try offsetGradient.withMutableFloats { offsetGradient in
            try loss.evaluate(
              logits: logits, offsets: offsets, imageCount: groundTruth.count,
              defaultBoxes: defaultBoxes, groundTruth: groundTruth, normalizer: normalizer,
              logitGradient: logitGradient, offsetGradient: offsetGradient,
              threadCount: threadCount)
          }
        }
      }
    }
    return LossGradients(
      loss: value, logits: try logitGradient.moved(to: logits.device),
      offsets: try offsetGradient.moved(to: offsets.device))
  }

  /// Continues the gradient down to every variable of the network.
  ///
  /// - Parameter gradients: of this output.
  public func backward(_ gradients: LossGradients) throws {
    try Tensor.backward([logits, offsets], gradients: [gradients.logits, gradients.offsets])
  }
}

extension Tensor {
  /// Copies the pixels of a `batch` to a `device`: `[N, 3, H, W]`, channels-last in memory. Bytes
  /// are normalized there.
  public convenience init(_ batch: Batch, on device: Device = .cpu) throws {
    let shape = [batch.count, batch.height, batch.width, 3]
    switch batch.values {
    case .normalized(let pixels):
      try self.init(channelsLast: pixels, shape: shape, on: device)
    case .bytes(let bytes, let normalization):
      try self.init(
        channelsLast: bytes, shape: shape, mean: normalization.mean,
        standardDeviation: normalization.standardDeviation, on: device)
    }
  }
}
