extension MultiBoxLoss {
  /// Explains the loss of one image: the same matches and negatives as `evaluate`, itemised.
  ///
  /// - Parameters:
  ///   - logits: `D × K` values.
  ///   - offsets: `D × 4`.
  ///   - defaultBoxes: `D` boxes, normalized.
  ///   - groundTruth: boxes of the image, normalized corners.
  /// - Throws: ``InputError``, as `evaluate` does.
  public func explanation(
    logits: [Float], offsets: [Float], defaultBoxes: DefaultBoxes, groundTruth: [LabeledBox]
  ) throws -> LossExplanation {
    let result = try evaluate(
      logits: logits, offsets: offsets, imageCount: 1, defaultBoxes: defaultBoxes,
      groundTruth: [groundTruth])
    return logits.withUnsafeBufferPointer { logits in
      offsets.withUnsafeBufferPointer { offsets in
        let builder = ExplanationBuilder(
          logits: logits, offsets: offsets, defaultBoxes: defaultBoxes, groundTruth: groundTruth,
          configuration: configuration)
        return LossExplanation(
          configuration: configuration, result: result,
          scale: configuration.normalization.scale(
            positives: result.positives, batchPositives: result.positives, imageCount: 1),
          items: builder.items(), objects: builder.objects(),
          featureMapRanges: defaultBoxes.featureMapRanges)
      }
    }
  }
}

/// Itemises the loss of one image.
private struct ExplanationBuilder {
  private let logits: UnsafeBufferPointer<Float>
  private let offsets: UnsafeBufferPointer<Float>
  private let logitCount: Int
  private let defaultBoxes: DefaultBoxes
  private let groundTruth: [LabeledBox]
  private let configuration: MultiBoxLoss.Configuration
  private let loss: ImageLoss<Float>
  /// Position in `groundTruth` of each object that is learned from.
  private let positions: [Int]
  /// Feature map of each default box.
  private let featureMaps: [Int]

  init(
    logits: UnsafeBufferPointer<Float>, offsets: UnsafeBufferPointer<Float>,
    defaultBoxes: DefaultBoxes, groundTruth: [LabeledBox],
    configuration: MultiBoxLoss.Configuration
  ) {
    self.logits = logits
    self.offsets = offsets
    self.defaultBoxes = defaultBoxes
    self.groundTruth = groundTruth
    self.configuration = configuration
    logitCount = defaultBoxes.count == 0 ? 2 : logits.count / defaultBoxes.count
    loss = ImageLoss(
      logits: logits, offsets: offsets, logitCount: logitCount, defaultBoxes: defaultBoxes,
      groundTruth: groundTruth, configuration: configuration)
    positions = groundTruth.indices.filter { !groundTruth[$0].isCrowd }
    featureMaps = defaultBoxes.featureMapRanges.enumerated().flatMap { map, range in
      range.map { _ in map }
    }
  }

  func items() -> [LossExplanation.Item] {
    let regressions = Dictionary(
      loss.positives.enumerated().map { ($1.index, (rank: $0, box: $1)) },
      uniquingKeysWith: { first, _ in first })
    let ranks = negativeRanks()
    return (0..<defaultBoxes.count).map { index in
      let positive = regressions[index]
      let match = Int(loss.matches.groundTruthIndices[index])
      let label = positive?.box.classIndex ?? 0
      let row = ImageLoss.row(index, of: logits, count: logitCount)
      let role: LossExplanation.Role =
        if positive != nil {
          loss.matches.isOwned(index) ? .positiveByOwnership : .positiveByOverlap
        } else {
          ranks[index] != nil ? .negative : .unused
        }
      let counts = positive.map { $0.rank < loss.doubledCount ? 2 : 1 }
      return LossExplanation.Item(
        index: index, featureMap: featureMaps[index], defaultBox: defaultBoxes.centers[index],
        role: role, rank: ranks[index],
        groundTruthIndex: match >= 0 ? positions[match] : nil,
        overlap: match >= 0 ? loss.matches.overlaps[index] : loss.matches.bestOverlaps[index],
        probability: probability(row, label: label), confidence: confidence(row, label: label),
        weight: counts ?? (role == .negative ? 1 : 0),
        regression: positive.map { regression($0.box) })
    }
  }

  /// Ranks by falling loss, ties to the lower index.
  private func negativeRanks() -> [Int: Int] {
    let values = loss.negatives.map {
      (index: $0, value: confidence(ImageLoss.row($0, of: logits, count: logitCount), label: 0))
    }
    let sorted = values.sorted {
      $0.value > $1.value || ($0.value == $1.value && $0.index < $1.index)
    }
    return Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1.index, $0 + 1) })
  }

  private func confidence(_ row: UnsafeBufferPointer<Float>, label: Int) -> Double {
    switch configuration.confidenceLoss {
    case .softmax: Double(SoftmaxCrossEntropy.value(row, label: label))
    case .focal: Double(FocalLoss<Float>(configuration).value(row, label: label))
    }
  }

  private func probability(_ row: UnsafeBufferPointer<Float>, label: Int) -> Double {
    switch configuration.confidenceLoss {
    case .softmax:
      return Double(SoftmaxCrossEntropy.Normalizer(row).probability(row[label]))
    case .focal:
      if label > 0 { return Double(Float.exponential(-Float.softplus(-row[label]))) }
      let largest = row.dropFirst().max() ?? -.infinity
      return Double(Float.exponential(-Float.softplus(largest)))
    }
  }

  private func regression(_ positive: PositiveBox<Float>) -> LossExplanation.Regression {
    let residuals = positive.residuals(offsets)
    return LossExplanation.Regression(
      groundTruth: CenterBox(positive.groundTruth),
      predicted: CenterBox(positive.predictedBox(offsets)), target: positive.target,
      prediction: positive.prediction(offsets),
      residuals: BoxOffsets(
        cx: Double(residuals.cx), cy: Double(residuals.cy), width: Double(residuals.width),
        height: Double(residuals.height)),
      terms: positive.terms(offsets))
  }

  func objects() -> [LossExplanation.Object] {
    groundTruth.enumerated().map { position, labeled in
      var counts = [Int](repeating: 0, count: defaultBoxes.featureMapRanges.count)
      var owned: Int?
      if let object = positions.firstIndex(of: position) {
        for positive in loss.positives
        where Int(loss.matches.groundTruthIndices[positive.index]) == object {
          counts[featureMaps[positive.index]] += 1
        }
        owned =
          loss.matches.ownedDefaultBoxes[object] < 0
          ? nil : Int(loss.matches.ownedDefaultBoxes[object])
      }
      let best = largest { defaultBoxes.corners[$0].intersectionOverUnion(labeled.box) }
      let centered = largest { index in
        var box = defaultBoxes.centers[index]
        let center = CenterBox(labeled.box)
        (box.cx, box.cy) = (center.cx, center.cy)
        return Box(box).intersectionOverUnion(labeled.box)
      }
      return LossExplanation.Object(
        index: position, labeled: labeled, positivesByFeatureMap: counts,
        bestOverlap: best.value, bestDefaultBox: best.index, ownedDefaultBox: owned,
        centeredOverlap: centered.value, centeredDefaultBox: centered.index)
    }
  }

  /// Returns the default box with the largest value above 0, the lower index at ties.
  private func largest(_ value: (Int) -> Double) -> (index: Int?, value: Double) {
    var best: (index: Int?, value: Double) = (nil, 0)
    for index in 0..<defaultBoxes.count {
      let value = value(index)
      if value > best.value { best = (index, value) }
    }
    return best
  }
}
