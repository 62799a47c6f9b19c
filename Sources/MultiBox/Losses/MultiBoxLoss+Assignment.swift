extension MultiBoxLoss {
  /// Assigns every image: the first phase of the loss, after which N is known.
  ///
  /// Crowds and ignored regions are not assigned. A caller that sums N over processes, or over the
  /// batches that it accumulates, does so between this and `evaluate`:
  ///
  /// ```swift
  /// let assignments = try loss.assignments(groundTruth: truth, defaultBoxes: boxes)
  /// let n = sumOverProcesses(assignments.reduce(0) { $0 + $1.positiveCount })
  /// let result = try loss.evaluate(…, assignments: assignments, normalizer: max(Double(n), 1), …)
  /// ```
  ///
  /// With ``LossNormalization/perImage`` each image is divided by its own positives, and what is
  /// summed and given as `normalizer` is the number of images.
  ///
  /// - Parameters:
  ///   - groundTruth: for each image its boxes, normalized corners with area.
  ///   - defaultBoxes: `D` boxes, normalized.
  ///   - threadCount: the result does not depend on it.
  /// - Returns: one for each image; objects are positions in its ground truth.
  /// - Throws: ``InputError`` for ground truth that cannot be learned from, and where the rule
  ///   looks at predictions.
  public func assignments(
    groundTruth: [[LabeledBox]], defaultBoxes: DefaultBoxes, threadCount: Int = 1
  ) throws(InputError) -> [BoxAssignment] {
    try GroundTruthValidation.check(groundTruth, classCount: .max)
    guard !assigner.usesPredictions else {
      throw InputError.predictionsNeeded(by: "\(type(of: assigner))")
    }
    return assigned(
      groundTruth, defaultBoxes: defaultBoxes, threadCount: threadCount, predictions: { _ in nil })
  }

  /// Assigns every image of a buffer by a rule that may look at predictions.
  ///
  /// - Parameters:
  ///   - logits: `N × D × K` values, background first.
  ///   - offsets: `N × D × 4`.
  ///   - groundTruth: for each image its boxes, normalized corners with area.
  ///   - defaultBoxes: `D` boxes, normalized.
  ///   - threadCount: the number of threads; the result does not depend on it.
  /// - Returns: one for each image; objects are positions in its ground truth.
  /// - Throws: ``InputError`` for counts that do not fit and for ground truth that cannot be
  ///   learned from.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func assignments<Scalar: RealScalar>(
    logits: UnsafeBufferPointer<Scalar>, offsets: UnsafeBufferPointer<Scalar>,
    groundTruth: [[LabeledBox]], defaultBoxes: DefaultBoxes, threadCount: Int = 1
  ) throws(InputError) -> [BoxAssignment] {
    let shape = try BatchShape(
      logits: logits.count, offsets: offsets.count, imageCount: groundTruth.count,
      defaultBoxes: defaultBoxes.count, groundTruth: groundTruth.count, logitGradient: nil,
      offsetGradient: nil)
    try GroundTruthValidation.check(groundTruth, classCount: shape.logitCount - 1)
    return assigned(
      logits: logits, offsets: offsets, shape: shape, groundTruth: groundTruth,
      defaultBoxes: defaultBoxes, threadCount: threadCount)
  }

  /// Assigns checked input.
  func assigned<Scalar: RealScalar>(
    logits: UnsafeBufferPointer<Scalar>, offsets: UnsafeBufferPointer<Scalar>, shape: BatchShape,
    groundTruth: [[LabeledBox]], defaultBoxes: DefaultBoxes, threadCount: Int
  ) -> [BoxAssignment] {
    nonisolated(unsafe) let input = (logits: logits, offsets: offsets)
    return assigned(groundTruth, defaultBoxes: defaultBoxes, threadCount: threadCount) { image in
      assigner.usesPredictions
        ? ImagePredictions(
          logits: shape.logits(of: image, in: input.logits),
          offsets: shape.offsets(of: image, in: input.offsets), logitCount: shape.logitCount,
          scoreFunction: confidence.scoreFunction, defaultBoxes: defaultBoxes, boxCoder: boxCoder)
        : nil
    }
  }

  private func assigned(
    _ groundTruth: [[LabeledBox]], defaultBoxes: DefaultBoxes, threadCount: Int,
    predictions: @Sendable (Int) -> ImagePredictions?
  ) -> [BoxAssignment] {
    concurrentMap(count: groundTruth.count, threadCount: threadCount) { image in
      let all = groundTruth[image]
      let positions = all.indices.filter { all[$0].isLearned }
      let answer = assigner.assignment(
        of: positions.map { all[$0] }, to: defaultBoxes, predictions: predictions(image))
      precondition(
        answer.defaultBoxCount == defaultBoxes.count
          && answer.ownedDefaultBoxes.count == positions.count,
        "\(assigner) assigned \(answer.ownedDefaultBoxes.count) objects to"
          + " \(answer.defaultBoxCount) default boxes: there are \(positions.count) and"
          + " \(defaultBoxes.count)")
      let assignment = answer.spread(to: positions, of: all.count)
      guard let ignoredRegionOverlap, positions.count < all.count else { return assignment }
      return assignment.ignoring(
        IgnoredRegions.defaultBoxes(
          in: all.filter { !$0.isLearned }, of: defaultBoxes, overlap: ignoredRegionOverlap))
    }
  }
}
