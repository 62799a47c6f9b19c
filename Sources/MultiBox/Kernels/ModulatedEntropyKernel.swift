/// Value and gradient of w · p^γ · (−log(1 − p)) over rows of `Float` logits that should all be 0,
/// eight at a time: ``SigmoidEntropy`` of the background.
///
/// The formulas are the same; exponential and logarithm are polynomials and sums are taken in
/// another order, so results differ by rounding errors. Logits of any size: the derivative at what
/// is beyond ±87 is its limit.
struct ModulatedEntropyKernel: Sendable {
  private typealias Vector = SIMD8<Float>

  private let weight: Float
  private let gamma: Float
  private let logitCount: Int
  /// All logits of a default box but the background's.
  private let classes: OverlappingRow

  /// - Parameter logitCount: K, at least 2. The first logit of a row does not enter.
  init(_ background: BackgroundModulation, logitCount: Int) {
    weight = Float(background.weight)
    gamma = Float(background.gamma)
    self.logitCount = logitCount
    classes = OverlappingRow(count: logitCount - 1)
  }

  /// Returns the sum over all rows and overwrites `gradient`, of the same size, with `scale` times
  /// the derivatives; those of the first logits are 0.
  func evaluate(
    _ logits: UnsafeBufferPointer<Float>, scale: Float,
    gradient: UnsafeMutableBufferPointer<Float>?
  ) -> Double {
    // γ = 2 is what everybody uses, and needs no power.
    gamma == 2
      ? evaluate(logits, scale: scale, gradient: gradient) { $0.probability * $0.probability }
      : evaluate(logits, scale: scale, gradient: gradient) { [gamma] in
        gamma == 0 ? Vector(repeating: 1) : ($0.logarithm * gamma).exponential()
      }
  }

  @inline(__always)
  private func evaluate(
    _ logits: UnsafeBufferPointer<Float>, scale: Float,
    gradient: UnsafeMutableBufferPointer<Float>?, modulation: (Parts) -> Vector
  ) -> Double {
    guard let first = logits.baseAddress else { return 0 }
    let factor = Vector(repeating: scale * weight)
    var total = 0.0
    for start in stride(from: 0, to: logits.count, by: logitCount) {
      let row = first + (start + 1)
      let target = gradient?.baseAddress.map { $0 + (start + 1) }
      if let target { (target - 1).pointee = 0 }
      var sum = Vector(repeating: 0)
      @inline(__always) func derivatives(_ parts: Parts, _ modulation: Vector) -> Vector {
        let slope = gamma * (parts.rest * parts.limitedSoftplus) + parts.probability
        return modulation * slope * factor
      }
      var offset = 0
      while offset < classes.lastOffset {
        let parts = Parts(Vector(at: row + offset))
        let modulation = modulation(parts)
        sum += modulation * parts.softplus
        if let target { derivatives(parts, modulation).store(to: target + offset) }
        offset &+= 8
      }
      let parts = Parts(classes.last(row))
      let modulation = modulation(parts)
      sum += (modulation * parts.softplus).replacing(with: Vector.zero, where: classes.isSurplus)
      if let target { classes.storeLast(derivatives(parts, modulation), to: target) }
      total += Double(sum.total)
    }
    return total * Double(weight)
  }

  /// What the formulas are made of.
  private struct Parts {
    /// p, and 1 − p with all its digits.
    let probability, rest: Vector
    /// −log(1 − p).
    let softplus: Vector
    /// The same, at most 88: 1 − p is 0 there, and so is their product.
    let limitedSoftplus: Vector
    /// log p.
    let logarithm: Vector

    @inline(__always)
    init(_ x: Vector) {
      let magnitude = x.replacing(with: -x, where: x .< 0)
      let exponential = (-magnitude).exponential()
      let inverse = 1 / (1 + exponential)
      let small = exponential * inverse
      let isNegative = x .< 0
      probability = inverse.replacing(with: small, where: isNegative)
      rest = small.replacing(with: inverse, where: isNegative)
      let logarithm = Self.logarithmOfOnePlus(exponential)
      let positive = x.replacing(with: 0, where: isNegative)
      softplus = positive + logarithm
      limitedSoftplus = positive.replacing(with: 88, where: positive .> 88) + logarithm
      self.logarithm = Vector.zero.replacing(with: x, where: isNegative) - logarithm
    }

    /// log(1 + e) for 0…1, as 2 artanh(e / (2 + e)): its series to the 13th power is exact to the
    /// last place or two, also relative to a tiny e.
    @inline(__always)
    private static func logarithmOfOnePlus(_ e: Vector) -> Vector {
      let s = e / (2 + e)
      let square = s * s
      var sum = square * (1 / 13 as Float) + (1 / 11 as Float)
      sum = sum * square + (1 / 9 as Float)
      sum = sum * square + (1 / 7 as Float)
      sum = sum * square + (1 / 5 as Float)
      sum = sum * square + (1 / 3 as Float)
      return 2 * s + 2 * s * square * sum
    }
  }
}
