/// The loss of one offset residual x: quadratic near 0, linear beyond β.
///
/// smoothL1(x) = 0.5x² / β for |x| < β, |x| − 0.5β otherwise; with β = 1 the paper's, with β = 0
/// the absolute value. The derivative, x / β or ±1, is bounded: a wild residual pulls no harder
/// than a moderate one.
///
/// - SeeAlso: Fast R-CNN, equation 3 (arXiv:1504.08083); SSD, equation 2.
public struct SmoothL1: OffsetLoss {
  /// β, where the parabola meets the line; at least 0, 1 in the paper.
  public let beta: Double

  /// Creates the loss; the paper's by default.
  @inlinable
  public init(beta: Double = 1) {
    precondition(beta >= 0, "a beta of \(beta)")
    self.beta = beta
  }

  @inlinable
  public func value<Scalar: RealScalar>(_ residual: Scalar) -> Scalar {
    let beta = Scalar(beta)
    let magnitude = abs(residual)
    return magnitude < beta ? residual * residual / (2 * beta) : magnitude - beta / 2
  }

  /// Returns the derivative by the residual; 0 at 0 for every β.
  @inlinable
  public func derivative<Scalar: RealScalar>(_ residual: Scalar) -> Scalar {
    let beta = Scalar(beta)
    if abs(residual) < beta { return residual / beta }
    if residual > 0 { return 1 }
    if residual < 0 { return -1 }
    // 0 stays 0, NaN stays NaN.
    return residual
  }
}

extension OffsetLoss where Self == SmoothL1 {
  /// SSD's: ``SmoothL1``.
  public static func smoothL1(beta: Double = 1) -> SmoothL1 { SmoothL1(beta: beta) }
}

extension SmoothL1: LossPart {
  public static let partName = "smooth-l1"

  private enum CodingKeys: String, CodingKey, CaseIterable { case beta }

  public static var parameterNames: [String] { CodingKeys.allCases.map(\.rawValue) }

  public init() { self.init(beta: 1) }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let standard = Self()
    self.init(
      beta: try container.decodeNotNegative(.beta, default: standard.beta))
  }
}
