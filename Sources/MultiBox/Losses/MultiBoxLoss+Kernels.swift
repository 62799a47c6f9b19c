extension MultiBoxLoss {
  /// Computes the loss of a checked batch as a training needs it: in `Float`, by vector kernels.
  ///
  /// The images were assigned before, which gave the N that every gradient is divided by; here each
  /// is mined and learned from in one go, so that logits come out of memory once.
  ///
  /// - Returns: what `evaluatedPlainly` returns, but for rounding errors; nil for what only that
  ///   one computes.
  func evaluatedByKernels<Scalar: RealScalar>(
    _ batch: LossBatch<Scalar>, threadCount: Int
  ) -> Result? {
    guard batch.defaultBoxes.count >= NegativeCandidates.minimumBoxCount, batch.imageCount > 0,
      let batch = batch as? LossBatch<Float>
    else { return nil }
    nonisolated(unsafe) let input = batch
    let evaluate: @Sendable (Int) -> ImageLossSummary
    if let softmax = confidence as? SoftmaxLoss {
      guard softmax.labelSmoothing == 0 else { return nil }
      evaluate = {
        FastImageLoss(input, image: $0, mining: softmax.hardNegatives, loss: self).evaluate()
      }
    } else if let term = confidence as? any ModulatedTerm {
      let kernel = ModulatedEntropyKernel(
        term.background, logitCount: batch.shape.logitCount)
      evaluate = { ModulatedImageLoss(input, image: $0, kernel: kernel, loss: self).evaluate() }
    } else {
      return nil
    }
    return Result(
      concurrentMap(count: batch.imageCount, threadCount: threadCount, evaluate), loss: self,
      normalizer: batch.normalizer, usesKernels: true)
  }
}
