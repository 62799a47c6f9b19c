/// Generalized IoU: 1 − IoU + (|C| − |A ∪ B|) / |C|, C the smallest box around both.
///
/// The last term, the share of C that neither box covers, pulls boxes together that share no area.
///
/// - SeeAlso: Rezatofighi et al. (arXiv:1902.09630); torchvision's `generalized_box_iou_loss`.
public struct GIoULoss: BoxLoss {
  public init() {}

  /// Returns the loss of a predicted box, 0…2.
  public func value(predicted: Box, target: Box) -> Double {
    let pair = BoxPair(predicted: predicted, target: target)
    let enclosing = pair.enclosingWidth * pair.enclosingHeight
    return 1 - pair.iou + (enclosing - pair.union) / (enclosing + BoxPair.epsilon)
  }

  /// Returns the derivatives by the predicted corners; at ties half to each side.
  public func gradient(predicted: Box, target: Box) -> CornerGradient {
    let pair = BoxPair(predicted: predicted, target: target)
    let enclosing = pair.enclosingWidth * pair.enclosingHeight
    let enclosingGradient =
      pair.enclosingHeight * pair.enclosingWidthGradient
      + pair.enclosingWidth * pair.enclosingHeightGradient
    return BoxPair.quotientGradient(
      enclosing - pair.union, enclosingGradient - pair.unionGradient,
      over: enclosing + BoxPair.epsilon, enclosingGradient) - pair.iouGradient
  }
}

extension BoxLoss where Self == GIoULoss {
  /// Generalized IoU: ``GIoULoss``.
  public static var giou: GIoULoss { GIoULoss() }
}

extension GIoULoss: LossPart {
  public static let partName = "giou"
}
