/// Efficient IoU: 1 − IoU + ρ²/c² + Δw²/c_w² + Δh²/c_h².
///
/// c_w and c_h are the sides of the smallest box around both, c its diagonal, ρ the distance of the
/// centres. Widths and heights are compared for themselves, where ``CIoULoss`` compares their ratio
/// alone.
///
/// - SeeAlso: Zhang et al. (arXiv:2101.08158), equation 6.
public struct EIoULoss: BoxLoss {
  public init() {}

  /// Returns the loss of a predicted box, 0…4.
  public func value(predicted: Box, target: Box) -> Double {
    let pair = BoxPair(predicted: predicted, target: target)
    let width = predicted.width - target.width
    let height = predicted.height - target.height
    return DIoULoss().value(predicted: predicted, target: target)
      + width * width / (pair.enclosingWidth * pair.enclosingWidth + BoxPair.epsilon)
      + height * height / (pair.enclosingHeight * pair.enclosingHeight + BoxPair.epsilon)
  }

  /// Returns the derivatives by the predicted corners; at ties half to each side.
  public func gradient(predicted: Box, target: Box) -> CornerGradient {
    let pair = BoxPair(predicted: predicted, target: target)
    let width = predicted.width - target.width
    let height = predicted.height - target.height
    return DIoULoss().gradient(predicted: predicted, target: target)
      + BoxPair.quotientGradient(
        width * width, 2 * width * CornerGradient(xMin: -1, xMax: 1),
        over: pair.enclosingWidth * pair.enclosingWidth + BoxPair.epsilon,
        2 * pair.enclosingWidth * pair.enclosingWidthGradient)
      + BoxPair.quotientGradient(
        height * height, 2 * height * CornerGradient(yMin: -1, yMax: 1),
        over: pair.enclosingHeight * pair.enclosingHeight + BoxPair.epsilon,
        2 * pair.enclosingHeight * pair.enclosingHeightGradient)
  }
}

extension BoxLoss where Self == EIoULoss {
  /// Efficient IoU: ``EIoULoss``.
  public static var eiou: EIoULoss { EIoULoss() }
}

extension EIoULoss: LossPart {
  public static let partName = "eiou"
}
