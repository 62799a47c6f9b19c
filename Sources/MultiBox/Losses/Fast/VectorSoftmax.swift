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
  /// much is what ``exponential(_:)`` accepts.
  static let limit: Float = 43
  /// K.
  let logitCount: Int
  /// The lanes of a row's last vector that are not new: beyond a row of less than 8 logits, or
  /// covered by the vector before it.
  private let isSurplus: SIMDMask<SIMD8<Int32>>

  init(logitCount: Int) {
    self.logitCount = logitCount
    let lanes = SIMD8<Int32>(0, 1, 2, 3, 4, 5, 6, 7)
    let isBeyond = lanes .>= Int32(logitCount)
    let isCovered = lanes .< Int32(7 - (logitCount - 1) % 8)
    isSurplus = logitCount < 8 ? isBeyond : isCovered
  }

  /// Returns Σ exp(x_k); nil where a logit is beyond ``limit`` or NaN.
  func normalizer(_ row: UnsafePointer<Float>) -> Normalizer? {
    // The last vector ends with the row, so it overlaps the one before it.
    let start = max(logitCount - 8, 0)
    let last = logitCount < 8 ? padded(row) : Self.load(row, start)
    var largestLanes = last
    var magnitudes = Self.magnitudes(last)
    var offset = 0
    while offset < start {
      let logits = Self.load(row, offset)
      largestLanes.replace(with: logits, where: logits .> largestLanes)
      let others = Self.magnitudes(logits)
      magnitudes.replace(with: others, where: others .> magnitudes)
      offset += 8
    }
    guard !any(magnitudes .> Self.limitBits) else { return nil }
    let largest = Self.largest(largestLanes)
    var sums = Self.exponential(last - largest).replacing(
      with: Vector.zero, where: isSurplus)
    offset = 0
    while offset < start {
      sums += Self.exponential(Self.load(row, offset) - largest)
      offset += 8
    }
    return Normalizer(largest: largest, sum: Self.sum(sums))
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
    if logitCount >= 8 {
      var offset = 0
      let last = logitCount - 8
      while offset < last {
        Self.store(
          factor * Self.exponential(Self.load(row, offset) - largest), to: gradient, offset)
        offset += 8
      }
      Self.store(factor * Self.exponential(Self.load(row, last) - largest), to: gradient, last)
    } else {
      let derivatives = factor * Self.exponential(padded(row) - largest)
      withUnsafeBytes(of: derivatives) {
        UnsafeMutableRawPointer(gradient).copyMemory(
          from: $0.baseAddress.unsafelyUnwrapped, byteCount: logitCount * 4)
      }
    }
    gradient[label] -= scale
  }

  /// Returns exp(`x`) for `x` of −86…0; below, the exponent would leave the normal numbers.
  @inline(__always)
  private static func exponential(_ x: Vector) -> Vector {
    // exp(x) = 2^n · exp(r) with n = x / log 2, rounded, so |r| ≤ log 2 / 2.
    // Adding 1.5 · 2²³ leaves n, rounded, in the low bits.
    let shift = Vector(repeating: 12_582_912)
    let shifted = x * 1.442_695_04 + shift
    let n = shifted - shift
    // log 2 in two parts: the first has few bits, so its product with n is exact.
    let r = (x - n * 0.693_359_375) + n * 2.121_944_4e-4
    // Cephes' expf.
    var p = r * 1.987_569_15e-4 + 1.398_199_950_7e-3
    p = p * r + 8.333_451_907_3e-3
    p = p * r + 4.166_579_589_4e-2
    p = p * r + 1.666_666_545_9e-1
    p = p * r + 5.000_000_120_1e-1
    p = p * (r * r) + r + 1
    let exponents =
      unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &<< SIMD8<UInt32>(repeating: 23)
    return unsafeBitCast(
      unsafeBitCast(p, to: SIMD8<UInt32>.self) &+ exponents, to: Vector.self)
  }

  /// Returns a row of less than 8 logits, filled up with its first one.
  @inline(__always)
  private func padded(_ row: UnsafePointer<Float>) -> Vector {
    var result = Vector(repeating: row[0])
    withUnsafeMutableBytes(of: &result) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: row, count: logitCount * 4))
    }
    return result
  }

  @inline(__always)
  private static func load(_ row: UnsafePointer<Float>, _ offset: Int) -> Vector {
    UnsafeRawPointer(row + offset).loadUnaligned(as: Vector.self)
  }

  @inline(__always)
  private static func store(_ vector: Vector, to row: UnsafeMutablePointer<Float>, _ offset: Int) {
    UnsafeMutableRawPointer(row + offset).storeBytes(of: vector, as: Vector.self)
  }

  private static let limitBits = Int32(bitPattern: limit.bitPattern)

  /// Returns the bit patterns of the magnitudes: as integers they rise with them, and those of NaN
  /// stand above all.
  @inline(__always)
  private static func magnitudes(_ x: Vector) -> SIMD8<Int32> {
    unsafeBitCast(x, to: SIMD8<Int32>.self) & SIMD8<Int32>(repeating: 0x7FFF_FFFF)
  }

  // Halves by bit cast: the standard library's reductions and `lowHalf` go lane by lane.

  @inline(__always)
  private static func sum(_ x: Vector) -> Float {
    let halves = unsafeBitCast(x, to: (SIMD4<Float>, SIMD4<Float>).self)
    let lanes = halves.0 + halves.1
    return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
  }

  @inline(__always)
  private static func largest(_ x: Vector) -> Float {
    let halves = unsafeBitCast(x, to: (SIMD4<Float>, SIMD4<Float>).self)
    let lanes = halves.0.replacing(with: halves.1, where: halves.1 .> halves.0)
    return max(max(lanes[0], lanes[1]), max(lanes[2], lanes[3]))
  }
}
