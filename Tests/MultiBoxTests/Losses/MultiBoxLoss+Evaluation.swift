import MultiBox

extension MultiBoxLoss {
  /// Value into arrays that are there: what tests compare, and whether all was overwritten.
  func evaluate<Scalar: RealScalar>(
    logits: [Scalar], offsets: [Scalar], imageCount: Int, defaultBoxes: DefaultBoxes,
    groundTruth: [[LabeledBox]], logitGradient: inout [Scalar], offsetGradient: inout [Scalar],
    threadCount: Int = 1
  ) throws -> Result {
    var logitSpan = logitGradient.mutableSpan
    var offsetSpan = offsetGradient.mutableSpan
    return try evaluate(
      logits: logits.span, offsets: offsets.span, imageCount: imageCount,
      defaultBoxes: defaultBoxes, groundTruth: groundTruth, logitGradient: &logitSpan,
      offsetGradient: &offsetSpan, threadCount: threadCount)
  }
}
