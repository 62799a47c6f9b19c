/// 1 − IoU of the predicted box and its target.
///
/// Unlike the offset losses it compares the box as a whole and does not depend on its scale. Where
/// the boxes share no area it is 1 with derivative 0: nothing pulls them together.
///
/// - SeeAlso: UnitBox (arXiv:1608.01471), which takes −log IoU; torchvision's `box_iou`.
public struct IoULoss: BoxLoss {
  public init() {}

  /// Returns the loss of a predicted box, 0…1.
  public func value(predicted: Box, target: Box) -> Double {
    1 - BoxPair(predicted: predicted, target: target).iou
  }

  /// Returns the derivatives by the predicted corners; at ties half to each side.
  public func gradient(predicted: Box, target: Box) -> CornerGradient {
    -1 * BoxPair(predicted: predicted, target: target).iouGradient
  }
}

extension BoxLoss where Self == IoULoss {
  /// 1 − IoU: ``IoULoss``.
  public static var iou: IoULoss { IoULoss() }
}

extension IoULoss: LossPart {
  public static let partName = "iou"
}
