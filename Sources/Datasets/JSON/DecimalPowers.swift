/// Powers of five with their reciprocals, for exact division of decimal numbers.
struct DecimalPowers: Sendable {
  /// 5²⁷ is the last power that has 64 bits.
  static let limit = 27
  static let shared = DecimalPowers()

  private struct Power: Sendable {
    /// 5ᵏ, shifted so that its highest bit is set.
    let divisor: UInt64
    let shift: Int
    /// ⌊(2¹²⁸ − 1) ∕ divisor⌋ − 2⁶⁴.
    let reciprocal: UInt64
  }

  // Made once and never freed; an array would be retained and released for each number.
  nonisolated(unsafe) private let powers: UnsafePointer<Power>

  private init() {
    let table = UnsafeMutablePointer<Power>.allocate(capacity: Self.limit + 1)
    var five: UInt64 = 1
    for exponent in 0...Self.limit {
      let shift = five.leadingZeroBitCount
      let divisor = five << UInt64(shift)
      (table + exponent).initialize(
        to: Power(
          divisor: divisor, shift: shift,
          reciprocal: divisor.dividingFullWidth((~divisor, ~0)).quotient))
      five = five &* 5
    }
    powers = UnsafePointer(table)
  }

  /// Returns `significand` · 10^`exponent`, rounded to the nearest double, ties to even.
  ///
  /// - Parameters:
  ///   - significand: not 0.
  ///   - exponent: −``limit``…``limit``.
  @inline(__always)
  func double(_ significand: UInt64, exponent: Int) -> Double {
    let power = powers[abs(exponent)]
    let zeros = significand.leadingZeroBitCount
    let shifted = significand << UInt64(zeros)
    if exponent >= 0 {
      // Both factors have their highest bit set, so the product has 127 or 128 bits.
      let product = shifted.multipliedFullWidth(by: power.divisor)
      return Self.rounded(
        product.high, isInexact: product.low != 0, exponent: 64 - zeros - power.shift + exponent)
    }
    let (quotient, remainder) = Self.divide(
      shifted >> 1, shifted << 63, by: power.divisor, power.reciprocal)
    return Self.rounded(
      quotient, isInexact: remainder != 0, exponent: power.shift - zeros - 63 + exponent)
  }

  /// Divides high · 2⁶⁴ + low by a divisor whose highest bit is set, with high < divisor.
  ///
  /// - SeeAlso: Möller and Granlund, "Improved division by invariant integers" (2011), algorithm 4.
  @inline(__always)
  private static func divide(
    _ high: UInt64, _ low: UInt64, by divisor: UInt64, _ reciprocal: UInt64
  ) -> (quotient: UInt64, remainder: UInt64) {
    let product = reciprocal.multipliedFullWidth(by: high)
    let (sum, carry) = product.low.addingReportingOverflow(low)
    var quotient = product.high &+ high &+ (carry ? 1 : 0) &+ 1
    var remainder = low &- quotient &* divisor
    if remainder > sum {
      quotient &-= 1
      remainder &+= divisor
    }
    if remainder >= divisor {
      quotient &+= 1
      remainder &-= divisor
    }
    return (quotient, remainder)
  }

  /// Returns the double next to `integer` · 2^`exponent`.
  ///
  /// - Parameters:
  ///   - integer: at least 2⁶², so that there are bits below those of a double.
  ///   - isInexact: more than 0 and less than 1 was cut off of it.
  ///   - exponent: such that the result is a normal number.
  @inline(__always)
  private static func rounded(_ integer: UInt64, isInexact: Bool, exponent: Int) -> Double {
    let shift = UInt64(11 - integer.leadingZeroBitCount)
    var significand = integer >> shift
    let rest = integer & (1 << shift &- 1)
    let half: UInt64 = 1 << (shift &- 1)
    if rest > half || rest == half && (isInexact || significand & 1 == 1) { significand &+= 1 }
    // 53 bits, or 2⁵³: exact, as is the product with a power of two.
    return Double(significand)
      * Double(bitPattern: UInt64(1023 + exponent + Int(shift)) << 52)
  }
}
