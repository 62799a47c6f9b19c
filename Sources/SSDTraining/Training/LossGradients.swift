import MultiBox
import SSDModels
import Torch
import TrainingInput

/// A loss and its gradient with respect to what a network gave.
public struct LossGradients {
  public let loss: MultiBoxLoss.Result
  /// `[N, D, K]`.
  public let logits: Tensor
  /// `[N, D, 4]`.
  public let offsets: Tensor
}

// The seam between heart and LibTorch: logits and offsets are read where LibTorch keeps them, and
// their gradients are written into the tensors that `backward` continues from.
extension SSDOutput {
  /// Computes a loss and its gradient.
  ///
  /// - Parameter groundTruth: for each image its boxes, in 0…1.
  /// - Throws: `InputError` for boxes that the loss does not take; an error of LibTorch.
  public func gradients(
    of loss: MultiBoxLoss, groundTruth: [[LabeledBox]], defaultBoxes: DefaultBoxes,
    threadCount: Int = 1
  ) throws -> LossGradients {
    let logitGradient = try logits.detached().emptyLike()
    let offsetGradient = try offsets.detached().emptyLike()
    let value = try logits.withFloats { logits in
      try offsets.withFloats { offsets in
        try logitGradient.withFloats { logitGradient in
          try offsetGradient.withFloats { offsetGradient in
            try loss.evaluate(
              logits: UnsafeBufferPointer(logits), offsets: UnsafeBufferPointer(offsets),
              imageCount: groundTruth.count, defaultBoxes: defaultBoxes, groundTruth: groundTruth,
              logitGradient: logitGradient, offsetGradient: offsetGradient,
              threadCount: threadCount)
          }
        }
      }
    }
    return LossGradients(loss: value, logits: logitGradient, offsets: offsetGradient)
  }

  /// Continues the gradient down to every variable of the network.
  public func backward(_ gradients: LossGradients) throws {
    try Tensor.backward([logits, offsets], gradients: [gradients.logits, gradients.offsets])
  }
}

extension Tensor {
  /// Copies the pixels of a batch: `[N, 3, H, W]`, channels-last in memory.
  public convenience init(_ batch: Batch) throws {
    try self.init(
      channelsLast: batch.pixels, shape: [batch.count, batch.height, batch.width, 3])
  }
}
