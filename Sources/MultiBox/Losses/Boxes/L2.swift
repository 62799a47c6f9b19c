/// The square of one offset residual x.
///
/// L2(x) = x², with derivative 2x. The derivative has no bound: one box far off outweighs all
/// others, and early in training the loss may run away.
///
/// - SeeAlso: YOLO, equation 3 (arXiv:1506.02640), which sums squares; Fast R-CNN §2.3
///   (arXiv:1504.08083), which says why not.
public enum L2 {
  @inlinable
  public static func value<Scalar: RealScalar>(_ residual: Scalar) -> Scalar {
    residual * residual
  }

  @inlinable
  public static func derivative<Scalar: RealScalar>(_ residual: Scalar) -> Scalar { 2 * residual }
}
