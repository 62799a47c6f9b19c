/// Balanced L1: what is nearly right pulls more than with ``SmoothL1``, what is far off no harder.
///
/// With b = exp(γ / α) − 1 and d = |x|: α / b · (b d + 1) log(b d + 1) − α d for d < 1,
/// γ d + γ / b − α from there on; the derivative is ±α log(b d + 1) and ±γ, and both meet at 1.
///
/// - SeeAlso: Pang et al. 2019, Libra R-CNN, equations 4–8 (arXiv:1904.02701); mmdet's
///   `balanced_l1_loss` with its β of 1, the only one that the paper has.
public struct BalancedL1: OffsetLoss {
  /// How much the small residuals count; above 0, 0.5 in the paper. Smaller is more.
  public var alpha: Double
  /// The largest derivative; above 0, 1.5 in the paper.
  public var gamma: Double

  public init(alpha: Double = 0.5, gamma: Double = 1.5) {
    precondition(alpha > 0 && gamma > 0, "alpha \(alpha), gamma \(gamma)")
    self.alpha = alpha
    self.gamma = gamma
  }

  public func value<Scalar: RealScalar>(_ residual: Scalar) -> Scalar {
    let (alpha, gamma) = (Scalar(alpha), Scalar(gamma))
    let b = Scalar.exponential(gamma / alpha) - 1
    let magnitude = abs(residual)
    return magnitude < 1
      ? alpha / b * (b * magnitude + 1) * Scalar.logarithmOfOnePlus(b * magnitude)
        - alpha * magnitude
      : gamma * magnitude + gamma / b - alpha
  }

  /// 0 at 0.
  public func derivative<Scalar: RealScalar>(_ residual: Scalar) -> Scalar {
    let (alpha, gamma) = (Scalar(alpha), Scalar(gamma))
    let b = Scalar.exponential(gamma / alpha) - 1
    let magnitude = abs(residual)
    let slope = magnitude < 1 ? alpha * Scalar.logarithmOfOnePlus(b * magnitude) : gamma
    return residual > 0 ? slope : residual < 0 ? -slope : residual
  }
}

extension OffsetLoss where Self == BalancedL1 {
  /// Balanced L1: ``BalancedL1``.
  public static func balancedL1(alpha: Double = 0.5, gamma: Double = 1.5) -> BalancedL1 {
    BalancedL1(alpha: alpha, gamma: gamma)
  }
}

extension BalancedL1: LossPart {
  public static let partName = "balanced-l1"

  private enum CodingKeys: String, CodingKey { case alpha, gamma }

  public init() { self.init(alpha: 0.5) }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let standard = Self()
    self.init(
      alpha: try container.decodePositive(.alpha, default: standard.alpha),
      gamma: try container.decodePositive(.gamma, default: standard.gamma))
  }
}
