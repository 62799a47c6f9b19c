extension MultiBoxLoss {
  /// Computes the loss of a batch and, where buffers are given, its gradients.
  ///
  /// - Parameters:
  ///   - logits: `N × D × K` values before the softmax, background first. `K`, at least 2, is
  ///     derived from their number.
  ///   - offsets: `N × D × 4`: cx, cy, w, h, divided by the variances.
  ///   - imageCount: N, the images of the batch.
  ///   - defaultBoxes: `D` boxes, normalized.
  ///   - groundTruth: for each image its boxes, normalized corners; crowds and ignored regions are
  ///     left out, difficult ones count.
  ///   - assignments: for each image the targets of its default boxes, objects as positions in its
  ///     ground truth; nil asks ``assigner``.
  ///   - normalizer: the divisor of the sums; nil takes max(N, 1), N the positives of this batch,
  ///     or with ``LossNormalization/perImage`` the number of images.
  ///   - logitGradient: receives ∂L/∂logits, overwriting all of it; nil skips it.
  ///   - offsetGradient: receives ∂L/∂offsets, overwriting all of it; nil skips it.
  ///   - threadCount: the number of threads; the result has the same bits for every one.
  /// - Returns: value, parts and counts.
  /// - Throws: ``InputError`` for counts that do not fit and for ground truth that cannot be
  ///   learned from; the gradient buffers are then untouched.
  /// - Precondition: `normalizer` is above 0.
  /// - Complexity: O(N · D · (K + G)).
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func evaluate<Scalar: RealScalar>(
    logits: UnsafeBufferPointer<Scalar>, offsets: UnsafeBufferPointer<Scalar>, imageCount: Int,
    defaultBoxes: DefaultBoxes, groundTruth: [[LabeledBox]],
    assignments: [BoxAssignment]? = nil, normalizer: Double? = nil,
    logitGradient: UnsafeMutableBufferPointer<Scalar>?,
    offsetGradient: UnsafeMutableBufferPointer<Scalar>?, threadCount: Int = 1
  ) throws(InputError) -> Result {
    precondition(normalizer ?? 1 > 0, "a normalizer of \(normalizer ?? 1)")
    let shape = try BatchShape(
      logits: logits.count, offsets: offsets.count, imageCount: imageCount,
      defaultBoxes: defaultBoxes.count, groundTruth: groundTruth.count,
      logitGradient: logitGradient?.count, offsetGradient: offsetGradient?.count)
    try GroundTruthValidation.check(groundTruth, classCount: shape.logitCount - 1)
    try classWeights?.check(logitCount: shape.logitCount)
    if let assignments {
      try GroundTruthValidation.check(
        assignments, groundTruth: groundTruth, defaultBoxCount: defaultBoxes.count)
    }
    let assignments =
      assignments
      ?? assigned(
        logits: logits, offsets: offsets, shape: shape, groundTruth: groundTruth,
        defaultBoxes: defaultBoxes, threadCount: threadCount)
    let batch = LossBatch(
      logits: logits, offsets: offsets, shape: shape, defaultBoxes: defaultBoxes,
      groundTruth: groundTruth, assignments: assignments,
      normalizer: normalizer
        ?? normalization.normalizer(
          positives: assignments.reduce(0) { $0 + $1.positiveCount }, images: imageCount),
      logitGradient: logitGradient, offsetGradient: offsetGradient)
    let result =
      evaluatedByKernels(batch, threadCount: threadCount)
      ?? evaluatedPlainly(batch, threadCount: threadCount)
    // A rule that looks at predictions matches nothing to boxes that are not finite, and without a
    // positive nothing else would show that the network has gone wrong.
    let isHidden = assigner.usesPredictions && result.loss.isFinite
    return isHidden && !offsets.allSatisfy(\.isFinite) ? result.withoutValue() : result
  }

  /// Computes the loss of a checked batch by the definitions alone, for every part and precision.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  func evaluatedPlainly<Scalar: RealScalar>(
    _ batch: LossBatch<Scalar>, threadCount: Int
  ) -> Result {
    nonisolated(unsafe) let batch = batch
    let summaries = concurrentMap(count: batch.imageCount, threadCount: threadCount) { index in
      let logits = batch.logits(of: index)
      let offsets = batch.offsets(of: index)
      let image = ImageLoss(
        logits: logits, offsets: offsets, logitCount: batch.shape.logitCount,
        defaultBoxes: batch.defaultBoxes, groundTruth: batch.groundTruth[index],
        assignment: batch.assignments[index], loss: self)
      let scale = batch.scale(of: index, normalization)
      if let gradient = batch.logitGradient(of: index) {
        image.writeLogitGradient(logits: logits, scale: Scalar(scale), to: gradient)
      }
      if let gradient = batch.offsetGradient(of: index) {
        image.writeOffsetGradient(offsets: offsets, scale: Scalar(scale * alpha), to: gradient)
      }
      return image.summary
    }
    return Result(summaries, loss: self, normalizer: batch.normalizer, usesKernels: false)
  }
}
