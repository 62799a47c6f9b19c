/// The loss that SSD learns from, with its analytic gradient.
///
/// L(x, c, l, g) = (L_conf(x, c) + α L_loc(x, l, g)) / max(N, 1), where N is the number of matched
/// default boxes of the batch, so without positives and negatives loss and gradients are 0.
///
/// - L_loc = Σ over positives and m ∈ {cx, cy, w, h} of smoothL1(l_m − ĝ_m), ĝ the matched ground
///   truth's offsets relative to the default box.
/// - L_conf = −Σ_Pos log ĉ^p − Σ_Neg log ĉ^0, ĉ the softmax over the `K` logits, Neg the mined
///   negatives.
///
/// That is the paper; ``Configuration`` exchanges the parts: ``BoxLoss``, ``ConfidenceLoss``,
/// ``MatchingStrategy``, ``LossNormalization``, and ``LossPreset`` by the name of a system.
///
/// Logits and offsets that are not finite do not stop the computation: they make the value NaN or
/// infinite, which a training must look at.
///
/// - SeeAlso: SSD, equations 1–3 (arXiv:1512.02325); ``BipartiteMatcher``, ``BoxCoder``,
///   ``SmoothL1``, ``SoftmaxCrossEntropy``, ``HardNegativeMining``.
public struct MultiBoxLoss: Hashable, Sendable {
  public var configuration: Configuration

  public init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
  }

  /// Computes the loss of a batch and, where buffers are given, its gradients.
  ///
  /// - Parameters:
  ///   - logits: `N × D × K` values before the softmax, background first. `K`, at least 2, is
  ///     derived from their number.
  ///   - offsets: `N × D × 4`: cx, cy, w, h, divided by the variances.
  ///   - imageCount: N, the images of the batch.
  ///   - defaultBoxes: `D` boxes, normalized.
  ///   - groundTruth: for each image its boxes, normalized corners; crowd boxes are left out,
  ///     difficult ones count.
  ///   - logitGradient: receives ∂L/∂logits, overwriting all of it; nil skips it.
  ///   - offsetGradient: receives ∂L/∂offsets, overwriting all of it; nil skips it.
  /// - Returns: value, parts and counts. The same bits for every thread count.
  /// - Throws: ``InputError`` for counts that do not fit and for ground truth that cannot be
  ///   learned from; the gradient buffers are then untouched.
  /// - Complexity: O(N · D · (K + G)).
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func evaluate<Scalar: RealScalar>(
    logits: UnsafeBufferPointer<Scalar>, offsets: UnsafeBufferPointer<Scalar>, imageCount: Int,
    defaultBoxes: DefaultBoxes, groundTruth: [[LabeledBox]],
    logitGradient: UnsafeMutableBufferPointer<Scalar>?,
    offsetGradient: UnsafeMutableBufferPointer<Scalar>?
  ) throws -> Result {
    let shape = try BatchShape(
      logits: logits.count, offsets: offsets.count, imageCount: imageCount,
      defaultBoxes: defaultBoxes.count, groundTruth: groundTruth.count,
      logitGradient: logitGradient?.count, offsetGradient: offsetGradient?.count)
    try GroundTruthValidation.check(groundTruth, classCount: shape.logitCount - 1)
    if let result = evaluatedFast(
      logits: logits, offsets: offsets, shape: shape, defaultBoxes: defaultBoxes,
      groundTruth: groundTruth, logitGradient: logitGradient, offsetGradient: offsetGradient)
    {
      return result
    }
    return evaluatedPlainly(
      logits: logits, offsets: offsets, shape: shape, defaultBoxes: defaultBoxes,
      groundTruth: groundTruth, logitGradient: logitGradient, offsetGradient: offsetGradient)
  }

  /// Computes the loss of checked input by the definitions alone, for every configuration and
  /// precision.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  func evaluatedPlainly<Scalar: RealScalar>(
    logits: UnsafeBufferPointer<Scalar>, offsets: UnsafeBufferPointer<Scalar>, shape: BatchShape,
    defaultBoxes: DefaultBoxes, groundTruth: [[LabeledBox]],
    logitGradient: UnsafeMutableBufferPointer<Scalar>?,
    offsetGradient: UnsafeMutableBufferPointer<Scalar>?
  ) -> Result {
    let imageCount = groundTruth.count
    nonisolated(unsafe) let logits = logits
    nonisolated(unsafe) let offsets = offsets
    nonisolated(unsafe) let logitGradient = logitGradient
    nonisolated(unsafe) let offsetGradient = offsetGradient
    let images = concurrentMap(count: imageCount, threadCount: configuration.threadCount) {
      ImageLoss(
        logits: shape.logits(of: $0, in: logits), offsets: shape.offsets(of: $0, in: offsets),
        logitCount: shape.logitCount, defaultBoxes: defaultBoxes, groundTruth: groundTruth[$0],
        configuration: configuration)
    }
    let result = Result(images.map(\.summary), configuration: configuration)
    let batchPositives = result.positives
    _ = concurrentMap(count: imageCount, threadCount: configuration.threadCount) { index in
      let scale = configuration.normalization.scale(
        positives: images[index].positives.count, batchPositives: batchPositives,
        imageCount: imageCount)
      if let logitGradient {
        images[index].writeLogitGradient(
          logits: shape.logits(of: index, in: logits), scale: Scalar(scale),
          to: shape.logits(of: index, in: logitGradient))
      }
      if let offsetGradient {
        images[index].writeOffsetGradient(
          offsets: shape.offsets(of: index, in: offsets),
          scale: Scalar(scale * configuration.alpha),
          to: shape.offsets(of: index, in: offsetGradient))
      }
    }
    return result
  }

  /// Computes the loss of a batch and its gradients, from and into arrays.
  ///
  /// The gradients must have as many elements as logits and offsets; all are overwritten.
  public func evaluate<Scalar: RealScalar>(
    logits: [Scalar], offsets: [Scalar], imageCount: Int, defaultBoxes: DefaultBoxes,
    groundTruth: [[LabeledBox]], logitGradient: inout [Scalar], offsetGradient: inout [Scalar]
  ) throws -> Result {
    try logits.withUnsafeBufferPointer { logits in
      try offsets.withUnsafeBufferPointer { offsets in
        try logitGradient.withUnsafeMutableBufferPointer { logitGradient in
          try offsetGradient.withUnsafeMutableBufferPointer { offsetGradient in
            try evaluate(
              logits: logits, offsets: offsets, imageCount: imageCount,
              defaultBoxes: defaultBoxes, groundTruth: groundTruth, logitGradient: logitGradient,
              offsetGradient: offsetGradient)
          }
        }
      }
    }
  }

  /// Computes the loss of a batch alone.
  public func evaluate<Scalar: RealScalar>(
    logits: [Scalar], offsets: [Scalar], imageCount: Int, defaultBoxes: DefaultBoxes,
    groundTruth: [[LabeledBox]]
  ) throws -> Result {
    try logits.withUnsafeBufferPointer { logits in
      try offsets.withUnsafeBufferPointer { offsets in
        try evaluate(
          logits: logits, offsets: offsets, imageCount: imageCount, defaultBoxes: defaultBoxes,
          groundTruth: groundTruth, logitGradient: nil, offsetGradient: nil)
      }
    }
  }
}
