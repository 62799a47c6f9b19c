extension MultiBoxLoss {
  /// The value and the gradients of a batch.
  public struct ValueAndGradients<Scalar: RealScalar>: Hashable, Sendable {
    /// Value, parts and counts.
    public let result: Result
    /// ∂L/∂logits, `N × D × K` as the logits.
    public let logitGradient: [Scalar]
    /// ∂L/∂offsets, `N × D × 4` as the offsets.
    public let offsetGradient: [Scalar]
  }

  /// Computes the loss of a batch and its gradients.
  ///
  /// - Parameters:
  ///   - logits: `N × D × K` values before the softmax, background first. `K`, at least 2, is
  ///     derived from their number.
  ///   - offsets: `N × D × 4`: cx, cy, w, h, divided by the variances.
  ///   - imageCount: N, the images of the batch.
  ///   - defaultBoxes: `D` boxes, normalized.
  ///   - groundTruth: for each image its boxes, normalized corners; crowds and ignored regions are
  ///     left out, difficult ones count.
  ///   - assignments: for each image the targets of its default boxes; nil asks ``assigner``.
  ///   - normalizer: the divisor of the sums; nil takes max(N, 1), N the positives of this batch,
  ///     or with ``LossNormalization/perImage`` the number of images.
  ///   - threadCount: the number of threads; the result has the same bits for every one.
  /// - Returns: value and gradients.
  /// - Throws: ``InputError`` for counts that do not fit and for ground truth that cannot be
  ///   learned from.
  public func valueAndGradients<Scalar: RealScalar>(
    logits: [Scalar], offsets: [Scalar], imageCount: Int, defaultBoxes: DefaultBoxes,
    groundTruth: [[LabeledBox]], assignments: [BoxAssignment]? = nil, normalizer: Double? = nil,
    threadCount: Int = 1
  ) throws(InputError) -> ValueAndGradients<Scalar> {
    var logitGradient = [Scalar](repeating: 0, count: logits.count)
    var offsetGradient = [Scalar](repeating: 0, count: offsets.count)
    var logitSpan = logitGradient.mutableSpan
    var offsetSpan = offsetGradient.mutableSpan
    let result = try evaluate(
      logits: logits.span, offsets: offsets.span, imageCount: imageCount,
      defaultBoxes: defaultBoxes, groundTruth: groundTruth, assignments: assignments,
      normalizer: normalizer, logitGradient: &logitSpan, offsetGradient: &offsetSpan,
      threadCount: threadCount)
    return ValueAndGradients(
      result: result, logitGradient: logitGradient, offsetGradient: offsetGradient)
  }

  /// Computes the loss of a batch and writes its gradients into spans.
  ///
  /// The two gradients are two variables, or buffers: spans of two properties of one structure are
  /// two accesses to all of it, which Swift refuses.
  ///
  /// - Parameters:
  ///   - logits: `N × D × K` values before the softmax, background first. `K`, at least 2, is
  ///     derived from their number.
  ///   - offsets: `N × D × 4`: cx, cy, w, h, divided by the variances.
  ///   - imageCount: N, the images of the batch.
  ///   - defaultBoxes: `D` boxes, normalized.
  ///   - groundTruth: for each image its boxes, normalized corners; crowds and ignored regions are
  ///     left out, difficult ones count.
  ///   - assignments: for each image the targets of its default boxes; nil asks ``assigner``.
  ///   - normalizer: the divisor of the sums; nil takes max(N, 1), N the positives of this batch,
  ///     or with ``LossNormalization/perImage`` the number of images.
  ///   - logitGradient: receives ∂L/∂logits, overwriting all of it.
  ///   - offsetGradient: receives ∂L/∂offsets, overwriting all of it.
  ///   - threadCount: the number of threads; the result has the same bits for every one.
  /// - Returns: value, parts and counts.
  /// - Throws: ``InputError`` for counts that do not fit and for ground truth that cannot be
  ///   learned from; the gradients are then untouched.
  public func evaluate<Scalar: RealScalar>(
    logits: Span<Scalar>, offsets: Span<Scalar>, imageCount: Int, defaultBoxes: DefaultBoxes,
    groundTruth: [[LabeledBox]], assignments: [BoxAssignment]? = nil, normalizer: Double? = nil,
    logitGradient: inout MutableSpan<Scalar>, offsetGradient: inout MutableSpan<Scalar>,
    threadCount: Int = 1
  ) throws(InputError) -> Result {
    try logits.withUnsafeBufferPointer { logits throws(InputError) in
      try offsets.withUnsafeBufferPointer { offsets throws(InputError) in
        try logitGradient.withUnsafeMutableBufferPointer { logitGradient throws(InputError) in
          try offsetGradient.withUnsafeMutableBufferPointer { offsetGradient throws(InputError) in
            try evaluate(
              logits: logits, offsets: offsets, imageCount: imageCount,
              defaultBoxes: defaultBoxes, groundTruth: groundTruth, assignments: assignments,
              normalizer: normalizer, logitGradient: logitGradient,
              offsetGradient: offsetGradient, threadCount: threadCount)
          }
        }
      }
    }
  }

  /// Assigns every image by a rule that may look at predictions.
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
  public func assignments<Scalar: RealScalar>(
    logits: [Scalar], offsets: [Scalar], groundTruth: [[LabeledBox]], defaultBoxes: DefaultBoxes,
    threadCount: Int = 1
  ) throws(InputError) -> [BoxAssignment] {
    try logits.withUnsafeBufferPointer { logits throws(InputError) in
      try offsets.withUnsafeBufferPointer { offsets throws(InputError) in
        try assignments(
          logits: logits, offsets: offsets, groundTruth: groundTruth, defaultBoxes: defaultBoxes,
          threadCount: threadCount)
      }
    }
  }

  /// Computes the loss of a batch alone.
  ///
  /// - Parameters:
  ///   - logits: `N × D × K` values before the softmax, background first. `K`, at least 2, is
  ///     derived from their number.
  ///   - offsets: `N × D × 4`: cx, cy, w, h, divided by the variances.
  ///   - imageCount: N, the images of the batch.
  ///   - defaultBoxes: `D` boxes, normalized.
  ///   - groundTruth: for each image its boxes, normalized corners; crowds and ignored regions are
  ///     left out, difficult ones count.
  ///   - assignments: for each image the targets of its default boxes; nil asks ``assigner``.
  ///   - normalizer: the divisor of the sums; nil takes max(N, 1), N the positives of this batch,
  ///     or with ``LossNormalization/perImage`` the number of images.
  ///   - threadCount: the number of threads; the result has the same bits for every one.
  /// - Returns: value, parts and counts.
  /// - Throws: ``InputError`` for counts that do not fit and for ground truth that cannot be
  ///   learned from.
  public func evaluate<Scalar: RealScalar>(
    logits: [Scalar], offsets: [Scalar], imageCount: Int, defaultBoxes: DefaultBoxes,
    groundTruth: [[LabeledBox]], assignments: [BoxAssignment]? = nil, normalizer: Double? = nil,
    threadCount: Int = 1
  ) throws(InputError) -> Result {
    try logits.withUnsafeBufferPointer { logits throws(InputError) in
      try offsets.withUnsafeBufferPointer { offsets throws(InputError) in
        try evaluate(
          logits: logits, offsets: offsets, imageCount: imageCount, defaultBoxes: defaultBoxes,
          groundTruth: groundTruth, assignments: assignments, normalizer: normalizer,
          logitGradient: nil, offsetGradient: nil, threadCount: threadCount)
      }
    }
  }
}
