/// The absolute value of one offset residual x.
///
/// L1(x) = |x|, with derivative ±1, and 0 at 0. A residual of a hair pulls as hard as one of a
/// mile: training never comes to rest at the target, which is what smooth L1 mends.
public enum L1 {
  @inlinable
  public static func value<Scalar: RealScalar>(_ residual: Scalar) -> Scalar { abs(residual) }

  @inlinable
  public static func derivative<Scalar: RealScalar>(_ residual: Scalar) -> Scalar {
    if residual > 0 { return 1 }
    if residual < 0 { return -1 }
    // 0 stays 0, NaN stays NaN.
    return residual
  }
}
