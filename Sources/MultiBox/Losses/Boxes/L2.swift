/// The square of one offset residual x.
///
/// L2(x) = x², with derivative 2x. The derivative has no bound: one box far off outweighs all
/// others, and early in training the loss may run away.
///
/// - SeeAlso: YOLO, equation 3 (arXiv:1506.02640), which sums squares; Fast R-CNN §2.3
///   (arXiv:1504.08083), which says why not.
public struct L2: OffsetLoss {
  @inlinable public init() {}

  /// Returns x² for one residual.
  @inlinable
  public func value<Scalar: RealScalar>(_ residual: Scalar) -> Scalar {
    residual * residual
  }

  /// Returns the derivative 2x.
  @inlinable
  public func derivative<Scalar: RealScalar>(_ residual: Scalar) -> Scalar { 2 * residual }
}

extension OffsetLoss where Self == L2 {
  /// x²: ``L2``.
  public static var l2: L2 { L2() }
}

extension L2: LossPart {
  public static let partName = "l2"
}
