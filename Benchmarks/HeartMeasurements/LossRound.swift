import MultiBox

/// The loss of a batch for SSD300: matching, mining, value and both gradients.
package struct LossRound {
  package let defaultBoxes = DefaultBoxes(DefaultBoxPreset.ssd300VOC.specification())
  package let logits: [Float]
  package let offsets: [Float]
  package let groundTruth: [[LabeledBox]]
  package var logitGradient: [Float]
  package var offsetGradient: [Float]
  private let loss: MultiBoxLoss

  /// Draws a batch.
  ///
  /// - Parameters:
  ///   - images: N, its images.
  ///   - objects: of each image.
  ///   - logitCount: K, the logits of a default box.
  ///   - isUntied: whether the objects are matched alike in `Double` and in `Float`.
  package init(
    _ loss: MultiBoxLoss, images: Int, objects: Int, logitCount: Int, isUntied: Bool,
    using generator: inout SeededGenerator
  ) {
    self.loss = loss
    let count = images * defaultBoxes.count
    logits = generator.normals(count * logitCount)
    offsets = generator.normals(count * 4)
    groundTruth = generator.groundTruth(
      images: images, objects: objects, logitCount: logitCount,
      untiedWith: isUntied ? defaultBoxes : nil)
    logitGradient = [Float](repeating: 0, count: logits.count)
    offsetGradient = [Float](repeating: 0, count: offsets.count)
  }

  @discardableResult
  package mutating func evaluate(threadCount: Int) throws -> MultiBoxLoss.Result {
    try Self.evaluate(
      loss, logits, offsets, groundTruth, defaultBoxes, threadCount, &logitGradient,
      &offsetGradient)
  }

  // Two spans of properties would be two accesses to the whole.
  private static func evaluate(
    _ loss: MultiBoxLoss, _ logits: [Float], _ offsets: [Float], _ groundTruth: [[LabeledBox]],
    _ defaultBoxes: DefaultBoxes, _ threadCount: Int, _ logitGradient: inout [Float],
    _ offsetGradient: inout [Float]
  ) throws -> MultiBoxLoss.Result {
    var logitSpan = logitGradient.mutableSpan
    var offsetSpan = offsetGradient.mutableSpan
    return try loss.evaluate(
      logits: logits.span, offsets: offsets.span, imageCount: groundTruth.count,
      defaultBoxes: defaultBoxes, groundTruth: groundTruth, logitGradient: &logitSpan,
      offsetGradient: &offsetSpan, threadCount: threadCount)
  }
}
