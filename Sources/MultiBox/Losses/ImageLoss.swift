/// Sums and counts of one image's loss.
struct ImageLossSummary: Hashable, Sendable {
  let localization: Double
  let confidence: Double
  let counts: MultiBoxLoss.ImageCounts
}

/// One image's part of the loss, by the definitions: its mined negatives, its sums; and from them
/// its gradient.
///
/// Computes every part in every precision. In `Float`, `FastImageLoss` and `ModulatedImageLoss`
/// compute the same for the parts that have a kernel; `FastLossTests` and `FocalKernelTests` hold
/// them against this.
struct ImageLoss<Scalar: RealScalar>: Sendable {
  let summary: ImageLossSummary
  let positives: [PositiveBox<Scalar>]
  /// What the confidence term is to learn from each positive.
  let targets: [ConfidenceTarget]
  /// Default boxes learned as background, rising.
  let negatives: [Int]
  /// How many positives, from the first on, count twice in L_conf.
  let doubledCount: Int
  private let logitCount: Int
  private let confidence: any ConfidenceTerm

  /// - Parameters:
  ///   - logits: `D × K`.
  ///   - offsets: `D × 4`.
  ///   - groundTruth: what the assignment's objects are.
  init(
    logits: UnsafeBufferPointer<Scalar>, offsets: UnsafeBufferPointer<Scalar>, logitCount: Int,
    defaultBoxes: DefaultBoxes, groundTruth: [LabeledBox], assignment: BoxAssignment,
    loss: MultiBoxLoss
  ) {
    self.logitCount = logitCount
    confidence = loss.confidence
    let positives = PositiveBox<Scalar>.all(
      of: assignment, objects: groundTruth, defaultBoxes: defaultBoxes, loss: loss)
    let targets = positives.map {
      $0.confidenceTarget(
        offsets, usesQuality: loss.confidence.usesQuality, hasQuality: assignment.hasQualities)
    }
    let term = loss.confidence
    func value(_ index: Int, _ target: ConfidenceTarget) -> Scalar {
      Scalar.value(of: term, Self.row(index, of: logits, count: logitCount).span, target)
    }
    let choice = Self.negatives(
      assignment, mining: term.mining, value: { value($0, .background) })
    negatives = choice.indices
    doubledCount =
      term.mining?.doubledPositives(
        positives.count, negatives: choice.indices.count, defaultBoxes: defaultBoxes.count) ?? 0
    // Σ in Double and in index order: one result, whatever the precision and the threads.
    var confidence = choice.losses.reduce(0) { $0 + Double($1) }
    var localization = 0.0
    for (rank, positive) in positives.enumerated() {
      confidence +=
        Double(value(positive.index, targets[rank])) * positive.confidenceWeight
        * (rank < doubledCount ? 2 : 1)
      localization += positive.value(offsets)
    }
    self.positives = positives
    self.targets = targets
    summary = ImageLossSummary(
      localization: localization, confidence: confidence,
      counts: MultiBoxLoss.ImageCounts(positives: positives.count, negatives: negatives.count))
  }

  /// Chooses the background that is learned from, and returns it with its confidence losses.
  private static func negatives(
    _ assignment: BoxAssignment, mining: HardNegativeMining?, value: (Int) -> Scalar
  ) -> (indices: [Int], losses: [Scalar]) {
    let targets = assignment.targets
    guard let mining else {
      let indices = targets.indices.filter { targets[$0] == .background }
      return (indices, indices.map(value))
    }
    let count = mining.count(
      positives: assignment.positiveCount, background: assignment.backgroundCount)
    guard count > 0 else { return ([], []) }
    let losses = targets.indices.map(value)
    let indices = mining.negatives(
      losses: losses, isExcluded: { targets[$0] != .background }, count: count)
    return (indices, indices.map { losses[$0] })
  }

  /// Overwrites `gradient`, `D × K`; only what L_conf sums over has one.
  func writeLogitGradient(
    logits: UnsafeBufferPointer<Scalar>, scale: Scalar,
    to gradient: UnsafeMutableBufferPointer<Scalar>
  ) {
    gradient.update(repeating: 0)
    func add(_ index: Int, _ target: ConfidenceTarget, scale: Scalar) {
      let row = UnsafeMutableBufferPointer(
        rebasing: gradient[index * logitCount..<(index + 1) * logitCount])
      var span = row.mutableSpan
      Scalar.addGradient(
        of: confidence, Self.row(index, of: logits, count: logitCount).span, target,
        scale: scale, to: &span)
    }
    for (rank, positive) in positives.enumerated() {
      add(
        positive.index, targets[rank],
        scale: Scalar(positive.confidenceWeight) * (rank < doubledCount ? 2 * scale : scale))
    }
    for index in negatives { add(index, .background, scale: scale) }
  }

  /// Overwrites `gradient`, `D × 4`; only positives have one.
  func writeOffsetGradient(
    offsets: UnsafeBufferPointer<Scalar>, scale: Scalar,
    to gradient: UnsafeMutableBufferPointer<Scalar>
  ) {
    gradient.update(repeating: 0)
    for positive in positives {
      positive.writeGradient(offsets, scale: scale, to: gradient)
    }
  }

  static func row(
    _ index: Int, of logits: UnsafeBufferPointer<Scalar>, count: Int
  ) -> UnsafeBufferPointer<Scalar> {
    UnsafeBufferPointer(rebasing: logits[index * count..<(index + 1) * count])
  }
}
