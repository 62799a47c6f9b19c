/// Sums and counts of one image's loss.
struct ImageLossSummary: Hashable, Sendable {
  let localization: Double
  let confidence: Double
  let counts: MultiBoxLoss.ImageCounts
}

/// One image's part of the loss: its matches, its mined negatives, its sums; and from them its
/// gradient, once N is known.
struct ImageLoss<Scalar: RealScalar>: Sendable {
  /// A default box that was matched, and what it should predict.
  private struct Positive: Sendable {
    let index: Int
    let classIndex: Int
    let target: (cx: Scalar, cy: Scalar, width: Scalar, height: Scalar)
  }

  let summary: ImageLossSummary
  private let positives: [Positive]
  private let negatives: [Int]
  private let logitCount: Int

  /// - Parameters:
  ///   - logits: `D × K`.
  ///   - offsets: `D × 4`.
  init(
    logits: UnsafeBufferPointer<Scalar>, offsets: UnsafeBufferPointer<Scalar>, logitCount: Int,
    defaultBoxes: DefaultBoxes, groundTruth: [LabeledBox],
    configuration: MultiBoxLoss.Configuration
  ) {
    self.logitCount = logitCount
    let objects = groundTruth.filter { !$0.isCrowd }
    let matches = BipartiteMatcher(iouThreshold: configuration.iouThreshold)
      .matches(groundTruth: objects.map(\.box), defaultBoxes: defaultBoxes)
    let boxes = objects.map { CenterBox($0.box) }
    positives = matches.positives.map { index in
      let match = Int(matches.groundTruthIndices[index])
      let target = configuration.boxCoder.encoded(
        boxes[match], relativeTo: defaultBoxes.centers[index])
      return Positive(
        index: index, classIndex: objects[match].classIndex,
        target: (
          Scalar(target.cx), Scalar(target.cy), Scalar(target.width), Scalar(target.height)
        ))
    }

    let mining = HardNegativeMining(
      negativesPerPositive: configuration.negativesPerPositive,
      minimumNegatives: configuration.minimumNegatives)
    let count = mining.count(positives: positives.count, defaultBoxes: defaultBoxes.count)
    // Σ in Double and in index order: one result, whatever the precision and the threads.
    var confidence = 0.0
    if count > 0 {
      let losses = (0..<defaultBoxes.count).map {
        SoftmaxCrossEntropy.value(Self.row($0, of: logits, count: logitCount), label: 0)
      }
      negatives = mining.negatives(
        losses: losses, isPositive: { matches.groundTruthIndices[$0] >= 0 }, count: count)
      for index in negatives { confidence += Double(losses[index]) }
    } else {
      negatives = []
    }
    let smoothL1 = SmoothL1(beta: Scalar(configuration.beta))
    var localization = 0.0
    for positive in positives {
      let logits = Self.row(positive.index, of: logits, count: logitCount)
      confidence += Double(SoftmaxCrossEntropy.value(logits, label: positive.classIndex))
      let residual = Self.residual(of: positive, offsets: offsets)
      localization +=
        Double(smoothL1.value(residual.cx)) + Double(smoothL1.value(residual.cy))
        + Double(smoothL1.value(residual.width)) + Double(smoothL1.value(residual.height))
    }
    summary = ImageLossSummary(
      localization: localization, confidence: confidence,
      counts: MultiBoxLoss.ImageCounts(positives: positives.count, negatives: negatives.count))
  }

  /// Overwrites `gradient`, `D × K`; only positives and mined negatives have one.
  func writeLogitGradient(
    logits: UnsafeBufferPointer<Scalar>, scale: Scalar,
    to gradient: UnsafeMutableBufferPointer<Scalar>
  ) {
    gradient.update(repeating: 0)
    func add(_ index: Int, label: Int) {
      let range = index * logitCount..<(index + 1) * logitCount
      SoftmaxCrossEntropy.addGradient(
        UnsafeBufferPointer(rebasing: logits[range]), label: label, scale: scale,
        to: UnsafeMutableBufferPointer(rebasing: gradient[range]))
    }
    for positive in positives { add(positive.index, label: positive.classIndex) }
    for index in negatives { add(index, label: 0) }
  }

  /// Overwrites `gradient`, `D × 4`; only positives have one.
  func writeOffsetGradient(
    offsets: UnsafeBufferPointer<Scalar>, scale: Scalar, beta: Scalar,
    to gradient: UnsafeMutableBufferPointer<Scalar>
  ) {
    gradient.update(repeating: 0)
    let smoothL1 = SmoothL1(beta: beta)
    for positive in positives {
      let residual = Self.residual(of: positive, offsets: offsets)
      let first = positive.index * 4
      gradient[first] = scale * smoothL1.derivative(residual.cx)
      gradient[first + 1] = scale * smoothL1.derivative(residual.cy)
      gradient[first + 2] = scale * smoothL1.derivative(residual.width)
      gradient[first + 3] = scale * smoothL1.derivative(residual.height)
    }
  }

  private static func row(
    _ index: Int, of logits: UnsafeBufferPointer<Scalar>, count: Int
  ) -> UnsafeBufferPointer<Scalar> {
    UnsafeBufferPointer(rebasing: logits[index * count..<(index + 1) * count])
  }

  private static func residual(
    of positive: Positive, offsets: UnsafeBufferPointer<Scalar>
  ) -> (cx: Scalar, cy: Scalar, width: Scalar, height: Scalar) {
    let first = positive.index * 4
    return (
      offsets[first] - positive.target.cx, offsets[first + 1] - positive.target.cy,
      offsets[first + 2] - positive.target.width, offsets[first + 3] - positive.target.height
    )
  }
}
