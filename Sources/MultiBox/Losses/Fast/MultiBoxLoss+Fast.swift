/// The objects of an image and the default boxes matched to them.
struct ImageMatches: Sendable {
  /// Ground truth that is learned from: all but crowds.
  let objects: [LabeledBox]
  let positives: [BlockMatcher.Positive]
}

extension MultiBoxLoss {
  /// Computes the loss of checked input as a training needs it: `Float`, softmax.
  ///
  /// The images are gone through twice: matched, which gives the N that every gradient is divided
  /// by, and then mined and learned from in one go, so that logits come out of memory once.
  ///
  /// - Returns: what `evaluatedPlainly` returns, but for rounding errors; nil for what only that
  ///   one computes.
  func evaluatedFast<Scalar: RealScalar>(
    logits: UnsafeBufferPointer<Scalar>, offsets: UnsafeBufferPointer<Scalar>, shape: BatchShape,
    defaultBoxes: DefaultBoxes, groundTruth: [[LabeledBox]],
    logitGradient: UnsafeMutableBufferPointer<Scalar>?,
    offsetGradient: UnsafeMutableBufferPointer<Scalar>?
  ) -> Result? {
    guard configuration.confidenceLoss == .softmax,
      // Then what is not positive can be mined, however large its IoU.
      configuration.negativeOverlap > configuration.iouThreshold,
      defaultBoxes.count >= NegativeCandidates.minimumBoxCount, !groundTruth.isEmpty,
      let logits = logits as? UnsafeBufferPointer<Float>,
      let offsets = offsets as? UnsafeBufferPointer<Float>,
      let logitGradient = logitGradient as? UnsafeMutableBufferPointer<Float>?,
      let offsetGradient = offsetGradient as? UnsafeMutableBufferPointer<Float>?
    else { return nil }

    let matcher = BlockMatcher(configuration, defaultBoxes: defaultBoxes)
    let threadCount = configuration.threadCount
    let matches = concurrentMap(count: groundTruth.count, threadCount: threadCount) {
      let objects = groundTruth[$0].filter { !$0.isCrowd }
      return ImageMatches(objects: objects, positives: matcher.positives(of: objects))
    }
    let batchPositives = matches.reduce(0) { $0 + $1.positives.count }
    nonisolated(unsafe) let input = (logits: logits, offsets: offsets)
    nonisolated(unsafe) let gradients = (logits: logitGradient, offsets: offsetGradient)
    let summaries = concurrentMap(count: groundTruth.count, threadCount: threadCount) { image in
      FastImageLoss(
        logits: shape.logits(of: image, in: input.logits), logitCount: shape.logitCount,
        configuration: configuration
      ).evaluate(
        matches[image], offsets: shape.offsets(of: image, in: input.offsets),
        defaultBoxes: defaultBoxes,
        scale: configuration.normalization.scale(
          positives: matches[image].positives.count, batchPositives: batchPositives,
          imageCount: groundTruth.count),
        logitGradient: gradients.logits.map { shape.logits(of: image, in: $0) },
        offsetGradient: gradients.offsets.map { shape.offsets(of: image, in: $0) })
    }
    return Result(summaries, configuration: configuration)
  }
}
