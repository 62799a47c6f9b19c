/// Half the square of one offset residual x: ½ x², with derivative x.
///
/// ``L2`` with half the pull; what smooth L1 with β = 1 is near 0.
///
/// - SeeAlso: `EuclideanLoss` of Caffe, with which the original code's `loc_loss_type: L2`
///   computes.
public struct HalfSquare: OffsetLoss {
  @inlinable public init() {}

  @inlinable
  public func value<Scalar: RealScalar>(_ residual: Scalar) -> Scalar { residual * residual / 2 }

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
