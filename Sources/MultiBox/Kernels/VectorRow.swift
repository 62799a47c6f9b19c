/// A row of numbers taken eight at a time; the last eight may reach beyond it.
struct VectorRow {
  private let lastOffset: Int
  private let isBeyond: SIMDMask<SIMD8<Int32>>

  /// - Parameter count: at least 1.
  init(count: Int) {
    lastOffset = (count - 1) / 8 * 8
    let lanes = SIMD8<Int32>(0, 1, 2, 3, 4, 5, 6, 7)
    let isBeyond = lanes .>= Int32(truncatingIfNeeded: count - lastOffset)
    self.isBeyond = isBeyond
  }

  /// Whether no number is NaN or above `limit`.
  @inline(__always)
  func allAtMost(_ limit: Float, _ numbers: UnsafePointer<Float>) -> Bool {
    var last = SIMD8(at: numbers + lastOffset)
    last.replace(with: limit, where: isBeyond)
    var isOutside = (.!(last .<= limit)).bits
    var offset = 0
    while offset < lastOffset {
      isOutside |= (.!(SIMD8(at: numbers + offset) .<= limit)).bits
      offset &+= 8
    }
    return !isOutside.isAnySet
  }

  /// Writes e^x and up to seven numbers beyond, and returns Σ e^x.
  @inline(__always)
  func writeExponentials(
    of numbers: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>
  ) -> Float {
    var sum = SIMD8<Float>(repeating: 0)
    var offset = 0
    while offset < lastOffset {
      let exponentials = SIMD8(at: numbers + offset).exponential()
      exponentials.store(to: target + offset)
      sum += exponentials
      offset &+= 8
    }
    var last = SIMD8(at: numbers + lastOffset).exponential()
    last.store(to: target + lastOffset)
    last.replace(with: 0, where: isBeyond)
    return (sum + last).total
  }

  /// Multiplies the numbers and up to seven beyond.
  @inline(__always)
  func scale(_ numbers: UnsafeMutablePointer<Float>, by factor: Float) {
    var offset = 0
    while offset <= lastOffset {
      (SIMD8(at: numbers + offset) * factor).store(to: numbers + offset)
      offset &+= 8
    }
  }
}
