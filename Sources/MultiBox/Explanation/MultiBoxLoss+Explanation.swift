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
  ) throws(InputError) -> LossExplanation {
    try logits.withUnsafeBufferPointer { logits throws(InputError) in
      try offsets.withUnsafeBufferPointer { offsets throws(InputError) in
        let assignments = try assignments(
          logits: logits, offsets: offsets, groundTruth: [groundTruth],
          defaultBoxes: defaultBoxes)
        let result = try evaluate(
          logits: logits, offsets: offsets, imageCount: 1, defaultBoxes: defaultBoxes,
          groundTruth: [groundTruth], assignments: assignments, logitGradient: nil,
          offsetGradient: nil)
        let builder = ExplanationBuilder(
          logits: logits, offsets: offsets, defaultBoxes: defaultBoxes, groundTruth: groundTruth,
          assignment: assignments[0], loss: self)
        return LossExplanation(
          loss: self, assignment: assignments[0], result: result,
          scale: normalization.scale(
            positives: result.positives,
            normalizer: normalization.normalizer(positives: result.positives, images: 1)),
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
  private let assignment: BoxAssignment
  private let confidence: any ConfidenceTerm
  private let classWeights: ClassWeights?
  /// Whether the rule of assignment has an IoU threshold.
  private let hasThreshold: Bool
  private let image: ImageLoss<Float>
  /// Feature map of each default box.
  private let featureMaps: [Int]

  init(
    logits: UnsafeBufferPointer<Float>, offsets: UnsafeBufferPointer<Float>,
    defaultBoxes: DefaultBoxes, groundTruth: [LabeledBox], assignment: BoxAssignment,
    loss: MultiBoxLoss
  ) {
    self.logits = logits
    self.offsets = offsets
    self.defaultBoxes = defaultBoxes
    self.groundTruth = groundTruth
    self.assignment = assignment
    confidence = loss.confidence
    classWeights = loss.classWeights
    hasThreshold = loss.assigner.iouThreshold != nil
    logitCount = defaultBoxes.count == 0 ? 2 : logits.count / defaultBoxes.count
    image = ImageLoss(
      logits: logits, offsets: offsets, logitCount: logitCount, defaultBoxes: defaultBoxes,
      groundTruth: groundTruth, assignment: assignment, loss: loss)
    featureMaps = defaultBoxes.featureMapRanges.enumerated().flatMap { map, range in
      range.map { _ in map }
    }
  }

  func items() -> [LossExplanation.Item] {
    let positions = Dictionary(
      image.positives.enumerated().map { ($1.index, $0) }, uniquingKeysWith: { first, _ in first })
    let ranks = negativeRanks()
    let targets = assignment.targets
    let learned = groundTruth.filter(\.isLearned)
    let byOverlapOrRule: LossExplanation.Role =
      hasThreshold ? .positiveByOverlap : .positiveByRule
    return (0..<defaultBoxes.count).map { index in
      let position = positions[index]
      let positive = position.map { image.positives[$0] }
      let target = position.map { image.targets[$0] } ?? .background
      let match: Int? =
        if case .object(let object, _) = targets[index] { object } else { nil }
      let row = ImageLoss.row(index, of: logits, count: logitCount)
      let role: LossExplanation.Role =
        switch targets[index] {
        case .object: assignment.isOwned(index) ? .positiveByOwnership : byOverlapOrRule
        case .background: ranks[index] != nil ? .negative : .unused
        case .ignored: .ignored
        }
      let corners = defaultBoxes.corners[index]
      let overlap =
        match.map { corners.intersectionOverUnion(groundTruth[$0].box) }
        ?? learned.reduce(0) { max($0, corners.intersectionOverUnion($1.box)) }
      let counts = position.map { $0 < image.doubledCount ? 2 : 1 }
      return LossExplanation.Item(
        index: index, featureMap: featureMaps[index], defaultBox: defaultBoxes.centers[index],
        role: role, rank: ranks[index], groundTruthIndex: match,
        quality: confidence.usesQuality && positive != nil ? target.quality : nil,
        overlap: overlap, probability: probability(row, label: target.label),
        confidence: Double(confidence.value(row.span, target)),
        weight: counts ?? (role == .negative ? 1 : 0),
        classWeight: classWeights.flatMap { _ in positive?.confidenceWeight },
        regression: positive.map(regression))
    }
  }

  /// Ranks by falling loss, ties to the lower index.
  private func negativeRanks() -> [Int: Int] {
    let values = image.negatives.map {
      (
        index: $0,
        value: confidence.value(
          ImageLoss.row($0, of: logits, count: logitCount).span, .background)
      )
    }
    let sorted = values.sorted {
      $0.value > $1.value || ($0.value == $1.value && $0.index < $1.index)
    }
    return Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1.index, $0 + 1) })
  }

  private func probability(_ row: UnsafeBufferPointer<Float>, label: Int) -> Double {
    let function = confidence.scoreFunction
    let scores = RowScores(function, row: row)
    if function == .softmax || label > 0 { return Double(scores.score(row[label])) }
    // 1 − p as the sigmoid of −x.
    let largest = row.dropFirst().max() ?? -.infinity
    return Double(function == .sigmoid ? scores.score(-largest) : 1 - scores.score(largest))
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
      for match in assignment.matches where match.object == position {
        counts[featureMaps[match.defaultBox]] += 1
      }
      let owned = assignment.ownedDefaultBoxes[position]
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
