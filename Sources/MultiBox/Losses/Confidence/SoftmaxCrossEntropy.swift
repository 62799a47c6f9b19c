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
  /// The common part of the probabilities of a row: Σ exp(x_k), as the factors of
  /// exp(largest) · sum.
  public struct Normalizer<Scalar: RealScalar>: Hashable, Sendable {
    /// The largest of the `K` logits.
    public let largest: Scalar
    /// Σ exp(x_k − largest), 1…K. NaN where a logit is NaN or +∞, or all are −∞: such a row has no
    /// probabilities.
    public let sum: Scalar

    /// Computes the common part of the row `logits`.
    ///
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

    /// Returns −log of the probability of the class whose logit is `logit`, one of the row.
    @inlinable
    public func loss(_ logit: Scalar) -> Scalar {
      Scalar.naturalLogarithm(sum) + (largest - logit)
    }

    /// Returns the probability, 0…1, of the class whose logit is `logit`, one of the row.
    @inlinable
    public func probability(_ logit: Scalar) -> Scalar {
      Scalar.exponential(logit - largest) / sum
    }
  }

  /// Returns −log of the probability of class `label`, given the `K` values of `logits`.
  @inlinable
  public static func value<Scalar: RealScalar>(
    _ logits: UnsafeBufferPointer<Scalar>, label: Int
  ) -> Scalar {
    Normalizer(logits).loss(logits[label])
  }

  /// Adds `scale` times the derivative of class `label` to `gradient`, which has `K` elements as
  /// `logits`.
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

  // MARK: With smoothed labels

  /// Returns the cross entropy to the target that is 1 − ε for class `label`, and ε / K for each
  /// class besides: Σ_k t_k · −log ĉ_k.
  ///
  /// - Parameters:
  ///   - logits: the `K` values.
  ///   - label: the right class.
  ///   - smoothing: ε, above 0.
  static func value<Scalar: RealScalar>(
    _ logits: UnsafeBufferPointer<Scalar>, label: Int, smoothing: Scalar
  ) -> Scalar {
    let normalizer = Normalizer(logits)
    var distances: Scalar = 0
    for logit in logits { distances += normalizer.largest - logit }
    let share = smoothing / Scalar(logits.count)
    return Scalar.naturalLogarithm(normalizer.sum)
      + ((1 - smoothing) * (normalizer.largest - logits[label]) + share * distances)
  }

  /// Adds `scale` times its derivative, ĉ_k − t_k, to `gradient`, which has `K` elements.
  ///
  /// - Parameters:
  ///   - logits: the `K` values.
  ///   - label: the right class.
  ///   - smoothing: ε.
  ///   - scale: the factor of the derivatives.
  ///   - gradient: `K` elements.
  static func addGradient<Scalar: RealScalar>(
    _ logits: UnsafeBufferPointer<Scalar>, label: Int, smoothing: Scalar, scale: Scalar,
    to gradient: UnsafeMutableBufferPointer<Scalar>
  ) {
    let normalizer = Normalizer(logits)
    let share = smoothing / Scalar(logits.count)
    for index in logits.indices {
      gradient[index] += scale * (normalizer.probability(logits[index]) - share)
    }
    gradient[label] -= scale * (1 - smoothing)
  }
}
