/// Distance IoU: 1 − IoU + ρ² / c², with the distance ρ of the centres.
///
/// c is the diagonal of the smallest box around both. It pulls the centre directly to its target,
/// also where one box lies inside the other and ``GIoULoss`` says no more than ``IoULoss``.
///
/// - SeeAlso: Zheng et al. (arXiv:1911.08287); torchvision's `distance_box_iou_loss`.
public struct DIoULoss: BoxLoss {
  public init() {}

  /// Returns the loss of a predicted box, 0…2.
  public func value(predicted: Box, target: Box) -> Double {
    let pair = BoxPair(predicted: predicted, target: target)
    return 1 - pair.iou + pair.squaredDistance / pair.squaredDiagonal
  }

  /// Returns the derivatives by the predicted corners; at ties half to each side.
  public func gradient(predicted: Box, target: Box) -> CornerGradient {
    let pair = BoxPair(predicted: predicted, target: target)
    return BoxPair.quotientGradient(
      pair.squaredDistance, pair.squaredDistanceGradient, over: pair.squaredDiagonal,
      pair.squaredDiagonalGradient) - pair.iouGradient
  }
}

extension BoxLoss where Self == DIoULoss {
  /// Distance IoU: ``DIoULoss``.
  public static var diou: DIoULoss { DIoULoss() }
}

extension DIoULoss: LossPart {
  public static let partName = "diou"
}
