/// Sums and counts of one image's loss.
struct ImageLossSummary: Hashable, Sendable {
  let localization: Double
  let confidence: Double
  let counts: MultiBoxLoss.ImageCounts
}

/// One image's part of the loss: its matches, its mined negatives, its sums; and from them its
/// gradient, once N is known.
struct ImageLoss<Scalar: RealScalar>: Sendable {
  let summary: ImageLossSummary
  /// Ground truth that is learned from: all but crowds.
  let objects: [LabeledBox]
  let matches: Matches
  let positives: [PositiveBox<Scalar>]
  /// Default boxes learned as background, rising.
  let negatives: [Int]
  /// The first so many positives count twice in L_conf.
  let doubledCount: Int
  private let logitCount: Int
  private let configuration: MultiBoxLoss.Configuration

  /// - Parameters:
  ///   - logits: `D × K`.
  ///   - offsets: `D × 4`.
  init(
    logits: UnsafeBufferPointer<Scalar>, offsets: UnsafeBufferPointer<Scalar>, logitCount: Int,
    defaultBoxes: DefaultBoxes, groundTruth: [LabeledBox],
    configuration: MultiBoxLoss.Configuration
  ) {
    self.logitCount = logitCount
    self.configuration = configuration
    let objects = groundTruth.filter { !$0.isCrowd }
    let matches = configuration.matches(
      groundTruth: objects.map(\.box), defaultBoxes: defaultBoxes)
    self.objects = objects
    self.matches = matches
    positives = matches.positives.map {
      PositiveBox(
        index: $0, object: objects[Int(matches.groundTruthIndices[$0])],
        defaultBox: defaultBoxes.centers[$0], configuration: configuration)
    }

    // Σ in Double and in index order: one result, whatever the precision and the threads.
    var confidence = 0.0
    switch configuration.confidenceLoss {
    case .softmax:
      let choice = Self.mined(
        logits: logits, logitCount: logitCount, matches: matches, positives: positives.count,
        configuration: configuration)
      negatives = choice.negatives
      doubledCount = choice.doubledCount
      confidence = choice.loss
    case .focal:
      negatives = matches.groundTruthIndices.indices.filter { matches.groundTruthIndices[$0] < 0 }
      doubledCount = 0
      let focal = FocalLoss<Scalar>(configuration)
      for index in negatives {
        confidence += Double(focal.value(Self.row(index, of: logits, count: logitCount), label: 0))
      }
    }
    var localization = 0.0
    for (rank, positive) in positives.enumerated() {
      let row = Self.row(positive.index, of: logits, count: logitCount)
      let value =
        switch configuration.confidenceLoss {
        case .softmax: SoftmaxCrossEntropy.value(row, label: positive.classIndex)
        case .focal: FocalLoss<Scalar>(configuration).value(row, label: positive.classIndex)
        }
      confidence += Double(value) * (rank < doubledCount ? 2 : 1)
      localization += positive.value(offsets)
    }
    summary = ImageLossSummary(
      localization: localization, confidence: confidence,
      counts: MultiBoxLoss.ImageCounts(positives: positives.count, negatives: negatives.count))
  }

  /// Chooses the negatives of the softmax loss and adds up their −log ĉ^0.
  private static func mined(
    logits: UnsafeBufferPointer<Scalar>, logitCount: Int, matches: Matches, positives: Int,
    configuration: MultiBoxLoss.Configuration
  ) -> (negatives: [Int], doubledCount: Int, loss: Double) {
    let boxCount = matches.groundTruthIndices.count
    let mining = HardNegativeMining(
      negativesPerPositive: configuration.negativesPerPositive,
      minimumNegatives: configuration.minimumNegatives)
    let count = mining.count(positives: positives, defaultBoxes: boxCount)
    guard count > 0 else {
      let doubled =
        configuration.countsMinedPositivesTwice
        ? mining.doubledPositives(positives, negatives: 0, defaultBoxes: boxCount) : 0
      return ([], doubled, 0)
    }
    let losses = (0..<boxCount).map {
      SoftmaxCrossEntropy.value(row($0, of: logits, count: logitCount), label: 0)
    }
    let negatives = mining.negatives(
      losses: losses,
      isExcluded: {
        matches.groundTruthIndices[$0] >= 0
          || matches.bestOverlaps[$0] >= configuration.negativeOverlap
      },
      count: count)
    let doubled =
      configuration.countsMinedPositivesTwice
      ? mining.doubledPositives(positives, negatives: negatives.count, defaultBoxes: boxCount) : 0
    return (negatives, doubled, negatives.reduce(0) { $0 + Double(losses[$1]) })
  }

  /// Overwrites `gradient`, `D × K`; only what L_conf sums over has one.
  func writeLogitGradient(
    logits: UnsafeBufferPointer<Scalar>, scale: Scalar,
    to gradient: UnsafeMutableBufferPointer<Scalar>
  ) {
    gradient.update(repeating: 0)
    let focal =
      configuration.confidenceLoss == .focal ? FocalLoss<Scalar>(configuration) : nil
    func add(_ index: Int, label: Int, scale: Scalar) {
      let row = Self.row(index, of: logits, count: logitCount)
      let target = UnsafeMutableBufferPointer(
        rebasing: gradient[index * logitCount..<(index + 1) * logitCount])
      if let focal {
        focal.addGradient(row, label: label, scale: scale, to: target)
      } else {
        SoftmaxCrossEntropy.addGradient(row, label: label, scale: scale, to: target)
      }
    }
    for (rank, positive) in positives.enumerated() {
      add(
        positive.index, label: positive.classIndex, scale: rank < doubledCount ? 2 * scale : scale)
    }
    for index in negatives { add(index, label: 0, scale: scale) }
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

extension FocalLoss {
  init(_ configuration: MultiBoxLoss.Configuration) {
    self.init(alpha: Scalar(configuration.focalAlpha), gamma: Scalar(configuration.focalGamma))
  }
}
