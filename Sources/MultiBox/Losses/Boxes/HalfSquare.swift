/// Half the square of one offset residual x: ½ x², with derivative x.
///
/// ``L2`` with half the pull; smooth L1 with β = 1 equals it near 0.
///
/// - SeeAlso: `EuclideanLoss` of Caffe, with which the original code's `loc_loss_type: L2`
///   computes.
public struct HalfSquare: OffsetLoss {
  @inlinable public init() {}

  /// Returns ½ x² for one residual.
  @inlinable
  public func value<Scalar: RealScalar>(_ residual: Scalar) -> Scalar { residual * residual / 2 }

  /// Returns the derivative x.
  @inlinable
  public func derivative<Scalar: RealScalar>(_ residual: Scalar) -> Scalar { residual }
}

extension OffsetLoss where Self == HalfSquare {
  /// ½ x²: ``HalfSquare``.
  public static var halfSquare: HalfSquare { HalfSquare() }
}

extension HalfSquare: LossPart {
  public static let partName = "half-square"
}
