extension MultiBoxLoss {
  /// Value and gradients of a batch.
  public struct ValueAndGradients<Scalar: RealScalar>: Hashable, Sendable {
    public let result: Result
    /// ∂L/∂logits: as many as the logits.
    public let logitGradient: [Scalar]
    /// ∂L/∂offsets: as many as the offsets.
    public let offsetGradient: [Scalar]
  }

  /// Computes the loss of a batch and its gradients.
  ///
  /// The parameters are those of `evaluate`, which writes into the caller's buffers instead.
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

  /// Computes the loss of a batch and its gradients, which are overwritten as a whole.
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
