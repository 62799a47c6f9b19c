extension SIMD8<Float> {
  /// Returns e raised to the power of each lane, to 2 units in the last place; NaN stays NaN.
  ///
  /// Lanes are limited to −87…88, where the result is a normal number: e⁻⁸⁷ stands for what is
  /// smaller, e⁸⁸ for what is larger. The C library's function takes one number at a time, which
  /// is several times slower.
  @inline(__always)
  func exponential() -> SIMD8<Float> {
    var x = self
    x.replace(with: 88, where: x .> 88)
    x.replace(with: -87, where: x .< -87)
    return x.exponentialOfModerate()
  }

  /// Returns e raised to the power of each lane, for lanes of −87…88.
  ///
  /// e^x = 2^n · e^r with n the integer next to x / log 2 and |r| ≤ log 2 / 2; the polynomial for
  /// e^r and log 2 in two parts, so that n · log 2 is exact in the first, are those of the Cephes
  /// library's `expf`.
  @inline(__always)
  func exponentialOfModerate() -> SIMD8<Float> {
    // Adding 1.5 · 2²³ rounds to an integer, which then stands in the low bits; `rounded()` is a
    // call for each lane where the processor has no instruction for it.
    let shifter: Float = 12_582_912
    let shifted = self * 1.442_695_04 + shifter
    let n = shifted - shifter
    let r = (self - n * 0.693_359_375) + n * 2.121_944_4e-4
    var p = r * 1.987_569_15e-4 + 1.398_199_950_7e-3
    p = p * r + 8.333_451_907_3e-3
    p = p * r + 4.166_579_589_4e-2
    p = p * r + 1.666_666_545_9e-1
    p = p * r + 5.000_000_120_1e-1
    p = p * (r * r) + r + 1
    let exponents =
      unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &<< SIMD8<UInt32>(repeating: 23)
    return unsafeBitCast(
      unsafeBitCast(p, to: SIMD8<UInt32>.self) &+ exponents, to: SIMD8<Float>.self)
  }
}
