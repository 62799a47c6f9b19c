/// A loss of one residual that pulls nearly right ones more than ``SmoothL1``, and far ones no
/// harder.
///
/// With b = exp(γ / α) − 1 and d = |x|: α / b · (b d + 1) log(b d + 1) − α d for d < 1,
/// γ d + γ / b − α from there on; the derivative is ±α log(b d + 1) and ±γ, and both meet at 1.
///
/// - SeeAlso: Pang et al. 2019, Libra R-CNN, equations 4–8 (arXiv:1904.02701); mmdet's
///   `balanced_l1_loss` with its β of 1, the only one that the paper has.
public struct BalancedL1: OffsetLoss {
  /// The largest γ / α.
  static let largestRatio = 80.0
  /// The weight of small residuals, above 0; 0.5 in the paper, smaller weighs more.
  public let alpha: Double
  /// The largest derivative, above 0; 1.5 in the paper.
  public let gamma: Double

  /// Creates the loss; the paper's by default.
  ///
  /// - Precondition: γ is from a thousandth of α to 80 times α; beyond, exp(γ / α) is no `Float`.
  public init(alpha: Double = 0.5, gamma: Double = 1.5) {
    precondition(
      alpha > 0 && gamma > 0 && gamma <= Self.largestRatio * alpha && gamma >= 1e-3 * alpha,
      "alpha \(alpha), gamma \(gamma)")
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

  /// Returns the derivative by the residual; 0 at 0.
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

  private enum CodingKeys: String, CodingKey, CaseIterable { case alpha, gamma }

  public static var parameterNames: [String] { CodingKeys.allCases.map(\.rawValue) }

  public init() { self.init(alpha: 0.5) }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let standard = Self()
    let alpha = try container.decodePositive(.alpha, default: standard.alpha)
    let gamma = try container.decode(
      .gamma, default: standard.gamma,
      expected: "a number from a thousandth of alpha to at most 80 times alpha"
    ) { $0 >= 1e-3 * alpha && $0 <= Self.largestRatio * alpha }
    self.init(
      alpha: alpha,
      gamma: gamma)
  }
}
