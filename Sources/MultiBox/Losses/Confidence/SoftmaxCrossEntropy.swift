/// The confidence loss of one default box: −log of the softmax probability of the right class.
///
/// With m the largest of the `K` logits and Σ = Σ_k exp(x_k − m), the probability is
/// ĉ_k = exp(x_k − m) / Σ, the value −log ĉ^p = log Σ + (m − x_p), and the derivative
/// ĉ_k − [k = p]. Never computed as log(softmax), which is −∞ where the softmax underflows, nor by
/// m + log Σ, which is rounded at the size of the logits: of two equal logits at 2 · 10⁷ each would
/// have the probability 1.
///
/// In a loss of `Float` batches with 16 default boxes or more, `VectorSoftmax` computes it for rows
/// without logits beyond ±43; `FastLossTests` holds both together.
///
/// - SeeAlso: SSD, equation 3.
public enum SoftmaxCrossEntropy {
  /// What the probabilities of a row share: Σ exp(x_k), as the factors of exp(largest) · sum.
  public struct Normalizer<Scalar: RealScalar>: Hashable, Sendable {
    public let largest: Scalar
    /// Σ exp(x_k − largest), 1…K. NaN where a logit is NaN or +∞, or all are −∞: such a row has no
    /// probabilities.
    public let sum: Scalar

    /// - Precondition: at least one logit.
    @inlinable
    public init(_ logits: UnsafeBufferPointer<Scalar>) {
      var largest = logits[0]
      for index in 1..<logits.count where logits[index] > largest { largest = logits[index] }
      var sum: Scalar = 0
      for logit in logits { sum += Scalar.exponential(logit - largest) }
      self.largest = largest
      self.sum = sum
    }

    /// Returns −log of the probability of the class of `logit`, one of the row.
    @inlinable
    public func loss(_ logit: Scalar) -> Scalar {
      Scalar.naturalLogarithm(sum) + (largest - logit)
    }

    /// Returns the probability of the class of `logit`, one of the row; 0…1.
    @inlinable
    public func probability(_ logit: Scalar) -> Scalar {
      Scalar.exponential(logit - largest) / sum
    }
  }

  /// Returns −log of the probability of class `label`.
  @inlinable
  public static func value<Scalar: RealScalar>(
    _ logits: UnsafeBufferPointer<Scalar>, label: Int
  ) -> Scalar {
    Normalizer(logits).loss(logits[label])
  }

  /// Adds `scale` times the derivative to `gradient`, which has `K` elements as the logits.
  @inlinable
  public static func addGradient<Scalar: RealScalar>(
    _ logits: UnsafeBufferPointer<Scalar>, label: Int, scale: Scalar,
    to gradient: UnsafeMutableBufferPointer<Scalar>
  ) {
    let normalizer = Normalizer(logits)
    for index in logits.indices {
      gradient[index] += scale * normalizer.probability(logits[index])
    }
    gradient[label] -= scale
  }
}
