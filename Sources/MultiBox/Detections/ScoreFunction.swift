/// The function that turns a network's class output into scores.
public enum ScoreFunction: String, Hashable, Sendable, Codable, CaseIterable {
  /// A softmax over all classes and the background: SSD.
  case softmax
  /// A sigmoid for each class alone: networks trained with the focal loss.
  case sigmoid
  /// None: the network gives scores already.
  case identity
}

/// Gives the scores of one row of logits.
enum RowScores<Scalar: RealScalar> {
  case softmax(SoftmaxCrossEntropy.Normalizer<Scalar>)
  case sigmoid
  case identity

  /// - Parameter row: `K` logits, background first.
  @inline(__always)
  init(_ function: ScoreFunction, row: UnsafeBufferPointer<Scalar>) {
    switch function {
    case .softmax: self = .softmax(SoftmaxCrossEntropy.Normalizer(row))
    case .sigmoid: self = .sigmoid
    case .identity: self = .identity
    }
  }

  /// Returns the score of one logit of the row.
  @inline(__always)
  func score(_ logit: Scalar) -> Scalar {
    switch self {
    case .softmax(let normalizer): normalizer.probability(logit)
    case .sigmoid: Scalar.exponential(-Scalar.softplus(-logit))
    case .identity: logit
    }
  }
}
