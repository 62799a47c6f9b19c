/// ``SoftmaxCrossEntropy`` of `Float` rows, eight logits at a time.
///
/// The formulas are the same; the exponential is a polynomial and sums are taken in another order,
/// so results differ from it by rounding errors. Rows with a large logit or one that is not finite
/// are left to it.
struct VectorSoftmax: Sendable {
  typealias Vector = SIMD8<Float>

  /// Σ exp(x_k), as the factors of exp(largest) · sum.
  struct Normalizer {
    let largest: Float
    /// Σ exp(x_k − largest), at least 1.
    let sum: Float

    /// Returns −log of the probability of the class of `logit`.
    ///
    /// Without the logarithm of all, which would be rounded at the size of the logits.
    func loss(_ logit: Float) -> Float { Float.naturalLogarithm(sum) + (largest - logit) }
  }

  /// The largest magnitude of a logit that is computed here; networks stay far below it. Twice as
  /// much is what `exponentialOfModerate` accepts.
  static let limit: Float = 43
  private let logits: OverlappingRow

  /// - Parameter logitCount: K.
  init(logitCount: Int) { logits = OverlappingRow(count: logitCount) }

  /// Returns Σ exp(x_k); nil where a logit is beyond ``limit`` or NaN.
  func normalizer(_ row: UnsafePointer<Float>) -> Normalizer? {
    let last = logits.last(row)
    var largestLanes = last
    var magnitudes = Self.magnitudes(last)
    var offset = 0
    while offset < logits.lastOffset {
      let numbers = Vector(at: row + offset)
      largestLanes.replace(with: numbers, where: numbers .> largestLanes)
      let others = Self.magnitudes(numbers)
      magnitudes.replace(with: others, where: others .> magnitudes)
      offset += 8
    }
    guard !any(magnitudes .> Self.limitBits) else { return nil }
    let largest = largestLanes.largest
    var sums = (last - largest).exponentialOfModerate().replacing(
      with: Vector.zero, where: logits.isSurplus)
    offset = 0
    while offset < logits.lastOffset {
      sums += (Vector(at: row + offset) - largest).exponentialOfModerate()
      offset += 8
    }
    return Normalizer(largest: largest, sum: sums.total)
  }

  /// Overwrites the `K` elements of `gradient` with `scale` times the derivative.
  ///
  /// - Parameter normalizer: as from ``normalizer(_:)``.
  func writeGradient(
    _ row: UnsafePointer<Float>, label: Int, normalizer: Normalizer, scale: Float,
    to gradient: UnsafeMutablePointer<Float>
  ) {
    let largest = normalizer.largest
    let factor = scale / normalizer.sum
    var offset = 0
    while offset < logits.lastOffset {
      (factor * (Vector(at: row + offset) - largest).exponentialOfModerate())
        .store(to: gradient + offset)
      offset += 8
    }
    logits.storeLast(
      factor * (logits.last(row) - largest).exponentialOfModerate(), to: gradient)
    gradient[label] -= scale
  }

  /// A vector: compared with a single number, integers go lane by lane (Swift 6.3).
  private static let limitBits = SIMD8<Int32>(
    repeating: Int32(bitPattern: limit.bitPattern))

  /// Returns the bit patterns of the magnitudes: as integers they rise with them, and those of NaN
  /// stand above all.
  @inline(__always)
  private static func magnitudes(_ x: Vector) -> SIMD8<Int32> {
    unsafeBitCast(x, to: SIMD8<Int32>.self) & SIMD8<Int32>(repeating: 0x7FFF_FFFF)
  }
}
