#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Complete IoU: the distance IoU plus α v.
///
/// v = 4/π² · (atan(wg/hg) − atan(w/h))² measures how far the shape (width / height) is off, and
/// α = v / (1 − IoU + v) gives it weight once the boxes overlap.
///
/// In the gradient α is a constant, as in torchvision.
///
/// - SeeAlso: Zheng et al. (arXiv:1911.08287), §4; torchvision's `complete_box_iou_loss`.
public struct CIoULoss: BoxLoss {
  public init() {}

  /// Returns the loss of a predicted box, 0 or more.
  public func value(predicted: Box, target: Box) -> Double {
    let shape = shapeTerm(predicted: predicted, target: target)
    return DIoULoss().value(predicted: predicted, target: target)
      + weight(shape, predicted: predicted, target: target) * shape
  }

  /// Returns the derivatives by the predicted corners; at ties half to each side.
  public func gradient(predicted: Box, target: Box) -> CornerGradient {
    let (width, height) = (predicted.width, predicted.height)
    let shape = shapeTerm(predicted: predicted, target: target)
    let factor =
      weight(shape, predicted: predicted, target: target) * 8 / (Double.pi * Double.pi)
      * (atan(target.width / target.height) - atan(width / height))
      / (width * width + height * height)
    // d atan(w/h): h dw / (w² + h²) − w dh / (w² + h²).
    return DIoULoss().gradient(predicted: predicted, target: target)
      + CornerGradient(
        xMin: factor * height, yMin: -factor * width, xMax: -factor * height, yMax: factor * width)
  }

  private func shapeTerm(predicted: Box, target: Box) -> Double {
    let difference =
      atan(target.width / target.height) - atan(predicted.width / predicted.height)
    return 4 / (Double.pi * Double.pi) * difference * difference
  }

  private func weight(_ shape: Double, predicted: Box, target: Box) -> Double {
    let iou = BoxPair(predicted: predicted, target: target).iou
    return shape / (1 - iou + shape + BoxPair.epsilon)
  }
}

extension BoxLoss where Self == CIoULoss {
  /// Complete IoU: ``CIoULoss``.
  public static var ciou: CIoULoss { CIoULoss() }
}

extension CIoULoss: LossPart {
  public static let partName = "ciou"
}
