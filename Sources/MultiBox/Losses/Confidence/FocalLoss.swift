/// The focal loss of one logit x, an independent sigmoid p = 1 / (1 + exp(−x)).
///
/// - Of the right class: −α (1 − p)^γ log p, with derivative −α (1 − p)^γ (γ p (−log p) + 1 − p).
/// - Of any other: −(1 − α) p^γ log(1 − p), with derivative
///   (1 − α) p^γ (γ (1 − p) (−log(1 − p)) + p).
///
/// What is easy weighs little, so all default boxes can be learned from and none is mined. Computed
/// from softplus(x) = log(1 + exp(x)): neither a probability nor its logarithm underflows.
///
/// - SeeAlso: Lin et al., equation 5 (arXiv:1708.02002); torchvision's `sigmoid_focal_loss`.
public struct FocalLoss<Scalar: RealScalar>: Hashable, Sendable {
  /// Weight of the right class, 0…1.
  public var alpha: Scalar
  /// How strongly easy boxes are played down; at least 0. With 0 it is a weighted cross entropy.
  public var gamma: Scalar

  @inlinable
  public init(alpha: Scalar = 0.25, gamma: Scalar = 2) {
    precondition(alpha >= 0 && alpha <= 1 && gamma >= 0, "alpha \(alpha), gamma \(gamma)")
    self.alpha = alpha
    self.gamma = gamma
  }

  @inlinable
  public func value(_ logit: Scalar, isRightClass: Bool) -> Scalar {
    // With the sign turned, both cases are the same: p is what should be 1.
    let x = isRightClass ? logit : -logit
    let weight = isRightClass ? alpha : 1 - alpha
    return weight * Scalar.exponential(-gamma * Scalar.softplus(x)) * Scalar.softplus(-x)
  }

  @inlinable
  public func derivative(_ logit: Scalar, isRightClass: Bool) -> Scalar {
    let x = isRightClass ? logit : -logit
    let weight = isRightClass ? alpha : alpha - 1
    let probability = Scalar.exponential(-Scalar.softplus(-x))
    let rest = Scalar.exponential(-Scalar.softplus(x))
    let modulation = Scalar.exponential(-gamma * Scalar.softplus(x))
    return -weight * modulation * (gamma * probability * Scalar.softplus(-x) + rest)
  }

  /// Returns the sum over the logits 1…K−1; the background logit does not enter.
  ///
  /// - Parameter label: the right class, or 0 for background.
  @inlinable
  public func value(_ logits: UnsafeBufferPointer<Scalar>, label: Int) -> Scalar {
    var sum: Scalar = 0
    for index in 1..<logits.count { sum += value(logits[index], isRightClass: index == label) }
    return sum
  }

  /// Adds `scale` times the derivatives by the logits to `gradient`; that of the background is 0.
  @inlinable
  public func addGradient(
    _ logits: UnsafeBufferPointer<Scalar>, label: Int, scale: Scalar,
    to gradient: UnsafeMutableBufferPointer<Scalar>
  ) {
    for index in 1..<logits.count {
      gradient[index] += scale * derivative(logits[index], isRightClass: index == label)
    }
  }
}
