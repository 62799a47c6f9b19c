/// The cross entropy of one logit x, an independent sigmoid p = 1 / (1 + exp(−x)), and what it is
/// multiplied by where easy default boxes are played down.
///
/// Computed from softplus(x) = log(1 + exp(x)) = −log(1 − p): neither a probability nor its
/// logarithm underflows. At ±∞ the derivatives are their limits.
///
/// The rows of the background of `Float` batches go through `ModulatedEntropyKernel`;
/// `FocalKernelTests` holds both together.
@usableFromInline
enum SigmoidEntropy {
  /// Returns p.
  @inlinable
  static func probability<Scalar: RealScalar>(_ x: Scalar) -> Scalar {
    Scalar.exponential(-Scalar.softplus(-x))
  }

  /// Returns −q log p − (1 − q) log(1 − p), with derivative p − q.
  ///
  /// - Parameter quality: q, 0…1.
  @inlinable
  static func value<Scalar: RealScalar>(_ x: Scalar, quality: Scalar) -> Scalar {
    // A factor of 0 stands before an infinity at most.
    (quality == 0 ? 0 : quality * Scalar.softplus(-x))
      + (quality == 1 ? 0 : (1 - quality) * Scalar.softplus(x))
  }

  /// Returns p^γ · (−log(1 − p)): what should be 0 and is easy weighs little.
  @inlinable
  static func modulated<Scalar: RealScalar>(_ x: Scalar, gamma: Scalar) -> Scalar {
    modulation(x, gamma: gamma) * Scalar.softplus(x)
  }

  /// Returns its derivative: p^γ (γ (1 − p) (−log(1 − p)) + p).
  @inlinable
  static func modulatedDerivative<Scalar: RealScalar>(_ x: Scalar, gamma: Scalar) -> Scalar {
    let rest = Scalar.exponential(-Scalar.softplus(x))
    let slope = rest == 0 ? 0 : gamma * rest * Scalar.softplus(x)
    return modulation(x, gamma: gamma) * (slope + probability(x))
  }

  @inlinable
  static func modulation<Scalar: RealScalar>(_ x: Scalar, gamma: Scalar) -> Scalar {
    gamma == 0 ? 1 : Scalar.exponential(-gamma * Scalar.softplus(-x))
  }
}
