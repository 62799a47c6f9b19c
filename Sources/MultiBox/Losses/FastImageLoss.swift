/// One image's part of the softmax loss of `Float` predictions: what ``ImageLoss`` computes, with
/// its gradient at once and with few exponentials.
///
/// The mined negatives are those of ``ImageLoss`` exactly; value and gradient differ from it by
/// rounding errors.
struct FastImageLoss {
  /// The confidence loss of a default box.
  private struct Row {
    let index: Int
    let loss: Float
    /// nil where ``VectorSoftmax`` leaves the row to ``SoftmaxCrossEntropy``.
    let normalizer: VectorSoftmax.Normalizer?

    /// What negatives are ranked by.
    var rank: Float { loss.isNaN ? .infinity : loss }
  }

  private let logits: UnsafeBufferPointer<Float>
  private let offsets: UnsafeBufferPointer<Float>
  private let logitGradient: UnsafeMutableBufferPointer<Float>?
  private let offsetGradient: UnsafeMutableBufferPointer<Float>?
  private let logitCount: Int
  private let boxCount: Int
  private let softmax: VectorSoftmax
  private let assignment: BoxAssignment
  private let positives: [PositiveBox<Float>]
  private let mining: HardNegativeMining
  /// What the sums are multiplied by in the loss, and L_loc besides.
  private let scale, alpha: Double

  init(_ batch: LossBatch<Float>, image: Int, mining: HardNegativeMining, loss: MultiBoxLoss) {
    logits = batch.logits(of: image)
    offsets = batch.offsets(of: image)
    logitGradient = batch.logitGradient(of: image)
    offsetGradient = batch.offsetGradient(of: image)
    logitCount = batch.shape.logitCount
    boxCount = batch.defaultBoxes.count
    softmax = VectorSoftmax(logitCount: logitCount)
    assignment = batch.assignments[image]
    positives = PositiveBox.all(
      of: assignment, objects: batch.groundTruth[image], defaultBoxes: batch.defaultBoxes,
      loss: loss)
    self.mining = mining
    scale = batch.scale(of: image, loss.normalization)
    alpha = loss.alpha
  }

  /// Computes the sums and overwrites the gradients, where there are any.
  func evaluate() -> ImageLossSummary {
    let negatives = self.negatives(
      count: mining.count(
        positives: positives.count, background: assignment.backgroundCount))
    let doubledCount = mining.doubledPositives(
      positives.count, negatives: negatives.count, defaultBoxes: boxCount)

    logitGradient?.update(repeating: 0)
    offsetGradient?.update(repeating: 0)
    let logitScale = Float(scale)
    let offsetScale = Float(scale * alpha)
    // Sums in the order of ImageLoss.
    var confidence = 0.0
    for row in negatives {
      confidence += Double(row.loss)
      if let logitGradient { write(row, label: 0, scale: logitScale, to: logitGradient) }
    }
    var localization = 0.0
    for (rank, positive) in positives.enumerated() {
      let row = self.row(positive.index, label: positive.classIndex)
      let weight = positive.confidenceWeight * (rank < doubledCount ? 2 : 1)
      confidence += Double(row.loss) * weight
      localization += positive.value(offsets)
      if let logitGradient {
        write(
          row, label: positive.classIndex, scale: Float(weight) * logitScale, to: logitGradient)
      }
      if let offsetGradient {
        positive.writeGradient(offsets, scale: offsetScale, to: offsetGradient)
      }
    }
    return ImageLossSummary(
      localization: localization, confidence: confidence,
      counts: MultiBoxLoss.ImageCounts(positives: positives.count, negatives: negatives.count))
  }

  /// Returns the mined negatives by rising index.
  private func negatives(count: Int) -> [Row] {
    guard count > 0 else { return [] }
    guard count < assignment.backgroundCount else {
      let targets = assignment.targets
      return targets.indices.filter { targets[$0] == .background }.map { row($0, label: 0) }
    }
    let candidates = NegativeCandidates(logits: logits, logitCount: logitCount)
      .indices(count: count, assignment).map { row(Int($0), label: 0) }
    guard count < candidates.count else { return candidates }

    // Rows that are nearer to the cut than the rounding errors of both computations are decided by
    // the plain one.
    let cut = HardNegativeMining.largest(count, of: candidates.map(\.rank))
    let tolerance = 4e-5 + 4e-7 * Float(logitCount)
    let isAbove = { (row: Row) in row.rank > cut + tolerance }
    let close = candidates.filter { !isAbove($0) && $0.rank >= cut - tolerance }
    let closeCount = count - candidates.count(where: isAbove)
    let losses = close.map { SoftmaxCrossEntropy.value(logits(of: $0.index), label: 0) }
    let chosen = HardNegativeMining().negatives(
      losses: losses, isExcluded: { _ in false }, count: closeCount)
    var isChosen = chosen.makeIterator()
    var next = isChosen.next()
    var position = 0
    return candidates.filter { row in
      if isAbove(row) { return true }
      guard row.rank >= cut - tolerance else { return false }
      defer { position += 1 }
      guard position == next else { return false }
      next = isChosen.next()
      return true
    }
  }

  private func logits(of index: Int) -> UnsafeBufferPointer<Float> {
    ImageLoss.row(index, of: logits, count: logitCount)
  }

  private func row(_ index: Int, label: Int) -> Row {
    let logits = logits(of: index)
    guard let normalizer = softmax.normalizer(logits.baseAddress.unsafelyUnwrapped) else {
      return Row(
        index: index, loss: SoftmaxCrossEntropy.value(logits, label: label), normalizer: nil)
    }
    return Row(index: index, loss: normalizer.loss(logits[label]), normalizer: normalizer)
  }

  private func write(
    _ row: Row, label: Int, scale: Float, to gradient: UnsafeMutableBufferPointer<Float>
  ) {
    let target = UnsafeMutableBufferPointer(
      rebasing: gradient[row.index * logitCount..<(row.index + 1) * logitCount])
    guard let normalizer = row.normalizer else {
      SoftmaxCrossEntropy.addGradient(
        logits(of: row.index), label: label, scale: scale, to: target)
      return
    }
    softmax.writeGradient(
      logits(of: row.index).baseAddress.unsafelyUnwrapped, label: label, normalizer: normalizer,
      scale: scale, to: target.baseAddress.unsafelyUnwrapped)
  }
}
