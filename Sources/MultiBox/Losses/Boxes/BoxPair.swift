/// What the losses on decoded boxes are made of: areas of a predicted box and its target, with
/// their derivatives by the corners of the predicted box.
///
/// Where a minimum or maximum is a tie (edges that coincide), half of the derivative goes to each
/// side, as in PyTorch; boxes that only touch share no area, and its derivative is 0.
struct BoxPair {
  let predicted: Box
  let target: Box

  /// Keeps quotients finite; torchvision's `eps`, so that numbers agree in normalized coordinates
  /// too, where a box of .01 × .01 feels it.
  static let epsilon = 1e-7

  // MARK: Intersection and union

  private var overlapWidth: Double {
    min(predicted.xMax, target.xMax) - max(predicted.xMin, target.xMin)
  }
  private var overlapHeight: Double {
    min(predicted.yMax, target.yMax) - max(predicted.yMin, target.yMin)
  }

  var intersection: Double {
    let (width, height) = (overlapWidth, overlapHeight)
    return width > 0 && height > 0 ? width * height : 0
  }

  var intersectionGradient: CornerGradient {
    let (width, height) = (overlapWidth, overlapHeight)
    guard width > 0, height > 0 else { return CornerGradient() }
    return CornerGradient(
      xMin: -height * Self.share(predicted.xMin, above: target.xMin),
      yMin: -width * Self.share(predicted.yMin, above: target.yMin),
      xMax: height * Self.share(target.xMax, above: predicted.xMax),
      yMax: width * Self.share(target.yMax, above: predicted.yMax))
  }

  /// Sides and area by their differences, also of a box turned inside out: an area of 0 would have
  /// no derivative that leads out.
  var union: Double {
    predicted.width * predicted.height + target.width * target.height - intersection
  }

  var unionGradient: CornerGradient {
    CornerGradient(
      xMin: -predicted.height, yMin: -predicted.width, xMax: predicted.height,
      yMax: predicted.width) - intersectionGradient
  }

  var iou: Double { intersection / (union + Self.epsilon) }

  var iouGradient: CornerGradient {
    let divisor = union + Self.epsilon
    return (1 / divisor) * intersectionGradient
      - (intersection / (divisor * divisor)) * unionGradient
  }

  // MARK: The smallest box around both

  var enclosingWidth: Double { max(predicted.xMax, target.xMax) - min(predicted.xMin, target.xMin) }
  var enclosingHeight: Double {
    max(predicted.yMax, target.yMax) - min(predicted.yMin, target.yMin)
  }

  var enclosingWidthGradient: CornerGradient {
    CornerGradient(
      xMin: -Self.share(target.xMin, above: predicted.xMin),
      xMax: Self.share(predicted.xMax, above: target.xMax))
  }

  var enclosingHeightGradient: CornerGradient {
    CornerGradient(
      yMin: -Self.share(target.yMin, above: predicted.yMin),
      yMax: Self.share(predicted.yMax, above: target.yMax))
  }

  /// c²: the squared diagonal of the enclosing box.
  var squaredDiagonal: Double {
    enclosingWidth * enclosingWidth + enclosingHeight * enclosingHeight + Self.epsilon
  }

  var squaredDiagonalGradient: CornerGradient {
    2 * enclosingWidth * enclosingWidthGradient + 2 * enclosingHeight * enclosingHeightGradient
  }

  // MARK: Centres

  private var centerDistance: (x: Double, y: Double) {
    (
      (predicted.xMin + predicted.xMax - target.xMin - target.xMax) / 2,
      (predicted.yMin + predicted.yMax - target.yMin - target.yMax) / 2
    )
  }

  /// ρ²: the squared distance of the centres.
  var squaredDistance: Double {
    let distance = centerDistance
    return distance.x * distance.x + distance.y * distance.y
  }

  var squaredDistanceGradient: CornerGradient {
    let distance = centerDistance
    return CornerGradient(xMin: distance.x, yMin: distance.y, xMax: distance.x, yMax: distance.y)
  }

  /// The derivative of max(a, b) by a: 1, ½ at a tie, 0.
  private static func share(_ a: Double, above b: Double) -> Double {
    a > b ? 1 : (a == b ? 0.5 : 0)
  }
}

extension BoxPair {
  /// Returns the derivative of a quotient numerator / denominator.
  static func quotientGradient(
    _ numerator: Double, _ numeratorGradient: CornerGradient, over denominator: Double,
    _ denominatorGradient: CornerGradient
  ) -> CornerGradient {
    (1 / denominator) * numeratorGradient
      - (numerator / (denominator * denominator)) * denominatorGradient
  }
}
