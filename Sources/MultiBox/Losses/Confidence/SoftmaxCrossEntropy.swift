/// The confidence loss of one default box: −log of the softmax probability of the right class.
///
/// With ĉ = softmax(x) over the `K` logits, the value is −log ĉ^p = logSumExp(x) − x_p and the
/// derivative ĉ_k − [k = p]. Never computed as log(softmax): that is −∞ where the softmax
/// underflows.
///
/// - SeeAlso: SSD, equation 3.
public enum SoftmaxCrossEntropy {
  /// Returns log Σ exp(x_k), by the largest logit, so that nothing overflows.
  ///
  /// NaN where a logit is NaN or +∞, or all are −∞: such a row has no probabilities.
  ///
  /// - Precondition: at least one logit.
  @inlinable
  public static func logSumExp<Scalar: RealScalar>(
    _ logits: UnsafeBufferPointer<Scalar>
  ) -> Scalar {
    var largest = logits[0]
    for index in 1..<logits.count where logits[index] > largest { largest = logits[index] }
    var sum: Scalar = 0
    for logit in logits { sum += Scalar.exponential(logit - largest) }
    return largest + Scalar.naturalLogarithm(sum)
  }

  /// Returns −log of the probability of class `label`.
  @inlinable
  public static func value<Scalar: RealScalar>(
    _ logits: UnsafeBufferPointer<Scalar>, label: Int
  ) -> Scalar {
    logSumExp(logits) - logits[label]
  }

  /// Adds `scale` times the derivative to `gradient`, which has `K` elements as the logits.
  @inlinable
  public static func addGradient<Scalar: RealScalar>(
    _ logits: UnsafeBufferPointer<Scalar>, label: Int, scale: Scalar,
    to gradient: UnsafeMutableBufferPointer<Scalar>
  ) {
    let normalizer = logSumExp(logits)
    for index in logits.indices {
      gradient[index] += scale * Scalar.exponential(logits[index] - normalizer)
    }
    gradient[label] -= scale
  }
}
