/// One image's part of a loss of the focal family, of `Float` predictions: what ``ImageLoss``
/// computes, with its gradient at once.
///
/// A kernel computes the rows of the background, the term itself those of positives. Value and
/// gradient differ from ``ImageLoss`` by rounding errors.
struct ModulatedImageLoss {
  private let logits: UnsafeBufferPointer<Float>
  private let offsets: UnsafeBufferPointer<Float>
  private let logitGradient: UnsafeMutableBufferPointer<Float>?
  private let offsetGradient: UnsafeMutableBufferPointer<Float>?
  private let logitCount: Int
  private let boxCount: Int
  private let kernel: ModulatedEntropyKernel
  private let term: any ConfidenceTerm
  private let assignment: BoxAssignment
  private let positives: [PositiveBox<Float>]
  /// What the sums are multiplied by in the loss, and L_loc besides.
  private let scale, alpha: Double

  init(
    _ batch: LossBatch<Float>, image: Int, kernel: ModulatedEntropyKernel, loss: MultiBoxLoss
  ) {
    logits = batch.logits(of: image)
    offsets = batch.offsets(of: image)
    logitGradient = batch.logitGradient(of: image)
    offsetGradient = batch.offsetGradient(of: image)
    logitCount = batch.shape.logitCount
    boxCount = batch.defaultBoxes.count
    self.kernel = kernel
    term = loss.confidence
    assignment = batch.assignments[image]
    positives = PositiveBox.all(
      of: assignment, objects: batch.groundTruth[image], defaultBoxes: batch.defaultBoxes,
      loss: loss)
    scale = batch.scale(of: image, loss.normalization)
    alpha = loss.alpha
  }

  /// Computes the sums and overwrites the gradients, where there are any.
  func evaluate() -> ImageLossSummary {
    var confidence = background()
    var localization = 0.0
    offsetGradient?.update(repeating: 0)
    for positive in positives {
      let target = positive.confidenceTarget(
        offsets, usesQuality: term.usesQuality, hasQuality: assignment.hasQualities)
      let row = ImageLoss.row(positive.index, of: logits, count: logitCount)
      let weight = positive.confidenceWeight
      confidence += Double(term.value(row.span, target)) * weight
      localization += positive.value(offsets)
      if let logitGradient {
        var gradient = rows(positive.index..<positive.index + 1, of: logitGradient).mutableSpan
        term.addGradient(
          row.span, target, scale: Float(weight) * Float(scale), to: &gradient)
      }
      if let offsetGradient {
        positive.writeGradient(offsets, scale: Float(scale * alpha), to: offsetGradient)
      }
    }
    return ImageLossSummary(
      localization: localization, confidence: confidence,
      counts: MultiBoxLoss.ImageCounts(
        positives: positives.count,
        negatives: assignment.backgroundCount))
  }

  /// Sums the background and writes its gradient, and 0 into the other rows.
  private func background() -> Double {
    // Runs of rows between those that are matched or ignored.
    let others = (positives.map(\.index) + assignment.ignored).sorted()
    var sum = 0.0
    var start = 0
    for end in others + [boxCount] {
      let run = start..<end
      if !run.isEmpty {
        sum += kernel.evaluate(
          UnsafeBufferPointer(rebasing: logits[run.lowerBound * logitCount..<end * logitCount]),
          scale: Float(scale), gradient: logitGradient.map { rows(run, of: $0) })
      }
      if end < boxCount, let logitGradient {
        rows(end..<end + 1, of: logitGradient).update(repeating: 0)
      }
      start = end + 1
    }
    return sum
  }

  private func rows(
    _ range: Range<Int>, of gradient: UnsafeMutableBufferPointer<Float>
  ) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(
      rebasing: gradient[range.lowerBound * logitCount..<range.upperBound * logitCount])
  }
}
