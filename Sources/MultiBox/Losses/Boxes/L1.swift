/// The absolute value of one offset residual x.
///
/// L1(x) = |x|, with derivative ±1, and 0 at 0. A residual of a hair pulls as hard as one of a
/// mile: training never comes to rest at the target, which smooth L1 mends.
public struct L1: OffsetLoss {
  @inlinable public init() {}

  /// Returns |x| for one residual.
  @inlinable
  public func value<Scalar: RealScalar>(_ residual: Scalar) -> Scalar { abs(residual) }

  /// Returns the derivative by the residual: ±1, 0 at 0.
  @inlinable
  public func derivative<Scalar: RealScalar>(_ residual: Scalar) -> Scalar {
    if residual > 0 { return 1 }
    if residual < 0 { return -1 }
    // 0 stays 0, NaN stays NaN.
    return residual
  }
}

extension OffsetLoss where Self == L1 {
  /// |x|: ``L1``.
  public static var l1: L1 { L1() }
}

extension L1: LossPart {
  public static let partName = "l1"
}
