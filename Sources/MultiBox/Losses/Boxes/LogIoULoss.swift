#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// −log IoU: the first loss on a box as a whole.
///
/// It rises without bound as the boxes part, so IoUs below 10⁻⁶ are taken as that, and then
/// nothing pulls; ``IoULoss`` is its linear sister.
///
/// - SeeAlso: Yu et al. 2016, UnitBox, equation 4 (arXiv:1608.01471); mmdet's `iou_loss`, whose
///   limit this is. mmdet, which computes in pixels, limits the union too; in shares of the image
///   that would be every box below .001 × .001.
public struct LogIoULoss: BoxLoss {
  static let minimumOverlap = 1e-6

  public init() {}

  /// Returns the loss of a predicted box, 0 to 13.8155.
  public func value(predicted: Box, target: Box) -> Double {
    -log(max(overlap(BoxPair(predicted: predicted, target: target)), Self.minimumOverlap))
  }

  /// Returns the derivatives by the predicted corners; at ties half to each side.
  public func gradient(predicted: Box, target: Box) -> CornerGradient {
    let pair = BoxPair(predicted: predicted, target: target)
    let overlap = overlap(pair)
    guard overlap >= Self.minimumOverlap else { return CornerGradient() }
    return (-1 / pair.intersection) * pair.intersectionGradient
      + (1 / pair.union) * pair.unionGradient
  }

  private func overlap(_ pair: BoxPair) -> Double {
    pair.intersection > 0 ? pair.intersection / pair.union : 0
  }
}

extension BoxLoss where Self == LogIoULoss {
  /// −log IoU: ``LogIoULoss``.
  public static var logIoU: LogIoULoss { LogIoULoss() }
}

extension LogIoULoss: LossPart {
  public static let partName = "log-iou"
}
