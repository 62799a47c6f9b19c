#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// SCYLLA IoU: 1 − IoU + (Δ + Ω) / 2, with an angle in the distance and a term of its own for the
/// shape.
///
/// - Λ = 2 |dx| |dy| / (dx² + dy²), dx and dy the distances of the centres: 0 where they lie side
///   by side or one above the other, 1 at 45°.
/// - Δ = 2 − exp((Λ − 2) (dx / cw)²) − exp((Λ − 2) (dy / ch)²), cw and ch the sides of the box
///   around both.
/// - Ω = (1 − exp(−|w − wg| / max(w, wg)))⁴ + (1 − exp(−|h − hg| / max(h, hg)))⁴.
///
/// All of it is differentiated, Λ too. The small numbers that keep quotients finite stand where the
/// published code has them.
///
/// - SeeAlso: Gevorgyan 2022 (arXiv:2205.12740); mmdet's `siou_loss` with `neg_gamma`, whose
///   default has the distance's sign turned.
public struct SIoULoss: BoxLoss {
  public init() {}

  /// Returns the loss of a predicted box, 0…2.
  public func value(predicted: Box, target: Box) -> Double {
    let parts = Parts(predicted, target)
    return 1 - parts.iou + (parts.distance + parts.shape) / 2
  }

  /// Returns the derivatives by the predicted corners; at ties half to each side.
  public func gradient(predicted: Box, target: Box) -> CornerGradient {
    let parts = Parts(predicted, target)
    return -1 * parts.iouGradient + 0.5 * (parts.distanceGradient + parts.shapeGradient)
  }

  private struct Parts {
    private let pair: BoxPair
    /// Centre distances and the sides that they are measured by.
    private let dx, dy, enclosingWidth, enclosingHeight: Double
    /// 2 − Λ.
    private let gamma: Double

    init(_ predicted: Box, _ target: Box) {
      pair = BoxPair(predicted: predicted, target: target)
      dx = (target.xMin + target.xMax - predicted.xMin - predicted.xMax) / 2 + BoxPair.epsilon
      dy = (target.yMin + target.yMax - predicted.yMin - predicted.yMax) / 2 + BoxPair.epsilon
      enclosingWidth = max(pair.enclosingWidth, BoxPair.epsilon)
      enclosingHeight = max(pair.enclosingHeight, BoxPair.epsilon)
      gamma = 2 - 2 * abs(dx) * abs(dy) / (dx * dx + dy * dy)
    }

    var iou: Double { pair.iou }
    var iouGradient: CornerGradient { pair.iouGradient }

    // MARK: Δ

    /// ρ: the squared shares of the distances.
    private var shares: (x: Double, y: Double) {
      let (x, y) = (dx / enclosingWidth, dy / enclosingHeight)
      return (x * x, y * y)
    }

    var distance: Double {
      let shares = shares
      return 2 - exp(-gamma * shares.x) - exp(-gamma * shares.y)
    }

    var distanceGradient: CornerGradient {
      let shares = shares
      let (ex, ey) = (exp(-gamma * shares.x), exp(-gamma * shares.y))
      // dx falls by half of what a predicted corner moves.
      let ofX = CornerGradient(xMin: -0.5, xMax: -0.5)
      let ofY = CornerGradient(yMin: -0.5, yMax: -0.5)
      let squared = dx * dx + dy * dy
      // ∂Λ/∂dx = 2 sign(dx) |dy| (dy² − dx²) / (dx² + dy²)², and turned for dy.
      let slope = 2 * (dy * dy - dx * dx) / (squared * squared)
      let sineGradient =
        (slope * abs(dy) * sign(dx)) * ofX + (-slope * abs(dx) * sign(dy)) * ofY
      let shareXGradient =
        (2 * dx / (enclosingWidth * enclosingWidth)) * ofX
        - (2 * shares.x / enclosingWidth) * pair.enclosingWidthGradient
      let shareYGradient =
        (2 * dy / (enclosingHeight * enclosingHeight)) * ofY
        - (2 * shares.y / enclosingHeight) * pair.enclosingHeightGradient
      return (gamma * ex) * shareXGradient + (gamma * ey) * shareYGradient
        - (ex * shares.x + ey * shares.y) * sineGradient
    }

    // MARK: Ω

    private var height: (predicted: Double, target: Double) {
      (pair.predicted.height + BoxPair.epsilon, pair.target.height + BoxPair.epsilon)
    }

    var shape: Double {
      let height = height
      return term(pair.predicted.width, pair.target.width).value
        + term(height.predicted, height.target).value
    }

    var shapeGradient: CornerGradient {
      let height = height
      let width = term(pair.predicted.width, pair.target.width).slope
      let ofHeight = term(height.predicted, height.target).slope
      return CornerGradient(xMin: -width, yMin: -ofHeight, xMax: width, yMax: ofHeight)
    }

    /// (1 − exp(−|a − b| / max(a, b)))⁴ and its derivative by a.
    private func term(_ a: Double, _ b: Double) -> (value: Double, slope: Double) {
      let largest = max(a, b)
      let rest = 1 - exp(-abs(a - b) / largest)
      let share =
        a > b ? 1 / largest - (a - b) / (largest * largest) : a < b ? -1 / largest : 0
      return (rest * rest * rest * rest, 4 * rest * rest * rest * (1 - rest) * share)
    }

    private func sign(_ x: Double) -> Double { x > 0 ? 1 : x < 0 ? -1 : 0 }
  }
}

extension BoxLoss where Self == SIoULoss {
  /// SCYLLA IoU: ``SIoULoss``.
  public static var siou: SIoULoss { SIoULoss() }
}

extension SIoULoss: LossPart {
  public static let partName = "siou"
}
