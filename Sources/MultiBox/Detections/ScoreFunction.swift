/// What turns a network's class output into scores.
public enum ScoreFunction: String, Hashable, Sendable, Codable, CaseIterable {
  /// Over all classes and the background: SSD.
  case softmax
  /// For each class alone: networks trained with the focal loss.
  case sigmoid
  /// The network gives scores already.
  case identity
}

extension ScoreFunction {
  /// Returns what all scores of a row of logits share.
  @inline(__always)
  func normalizer<Scalar: RealScalar>(_ row: UnsafeBufferPointer<Scalar>) -> Scalar {
    self == .softmax ? SoftmaxCrossEntropy.logSumExp(row) : 0
  }

  /// Returns the score of one logit.
  ///
  /// - Parameter normalizer: that of its row.
  @inline(__always)
  func score<Scalar: RealScalar>(_ logit: Scalar, normalizer: Scalar) -> Scalar {
    switch self {
    case .softmax: Scalar.exponential(logit - normalizer)
    case .sigmoid: Scalar.exponential(-Scalar.softplus(-logit))
    case .identity: logit
    }
  }
}
