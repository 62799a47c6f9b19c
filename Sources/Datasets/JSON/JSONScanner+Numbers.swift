/// A number in a JSON text, in its decimal digits.
package struct JSONNumber {
  /// All digits, as far as there are no more than 19 from the first that is not 0.
  let significand: UInt64
  /// The power of ten that the significand is multiplied by; a huge one stands for itself.
  let exponent: Int
  let isNegative: Bool
  /// The significand holds all digits.
  let isWhole: Bool
  package let range: Range<Int>
}

extension JSONScanner {
  /// Passes a number.
  package mutating func number(expected: StaticString = "a number") throws(JSONProblem)
    -> JSONNumber
  {
    let start = self.position
    var offset = start
    let isNegative = byte(offset) == UInt8(ascii: "-")
    if isNegative { offset += 1 }
    let firstDigit = offset
    var significand: UInt64 = 0
    passDigits(&offset, &significand)
    var digits = offset - firstDigit
    guard digits > 0, digits == 1 || base[firstDigit] != UInt8(ascii: "0") else {
      throw unexpected("\(expected)")
    }
    var exponent = 0
    if byte(offset) == UInt8(ascii: ".") {
      offset += 1
      let fraction = offset
      passDigits(&offset, &significand)
      exponent = fraction - offset
      guard exponent < 0 else { throw unexpected("\(expected)") }
      digits -= exponent
    }
    if byte(offset) | 0x20 == UInt8(ascii: "e") {
      guard let power = passExponent(&offset) else { throw unexpected("\(expected)") }
      exponent += power
    }
    position = offset
    return JSONNumber(
      significand: significand, exponent: exponent, isNegative: isNegative,
      isWhole: digits <= 19 || digits - leadingZeros(firstDigit) <= 19, range: start..<offset)
  }

  /// Passes digits, and appends them to an integer, which may overflow.
  @inline(__always)
  private func passDigits(_ offset: inout Int, _ integer: inout UInt64) {
    while offset + 8 <= count {
      let bytes = eightBytes(offset)
      let ones: UInt64 = 0x0101_0101_0101_0101
      // All between 0x30 and 0x39: the upper half is 3, and 6 more does not change it.
      guard bytes & (bytes &+ ones &* 6) & (ones &* 0xF0) == ones &* 0x30 else { break }
      integer = integer &* 100_000_000 &+ Self.eightDigits(bytes &- ones &* 0x30)
      offset += 8
    }
    while true {
      let digit = byte(offset) &- UInt8(ascii: "0")
      guard digit < 10 else { return }
      integer = integer &* 10 &+ UInt64(digit)
      offset += 1
    }
  }

  /// The number of eight digits, one a byte, the first the lowest: pairs, then fours, then all.
  @inline(__always)
  private static func eightDigits(_ digits: UInt64) -> UInt64 {
    let pairs = (digits &* 10 &+ digits >> 8) & 0x00FF_00FF_00FF_00FF
    let fours = (pairs &* 100 &+ pairs >> 16) & 0x0000_FFFF_0000_FFFF
    return (fours &* 10_000 &+ fours >> 32) & 0xFFFF_FFFF
  }

  /// Passes `e-12`; nil if there are no digits.
  private func passExponent(_ offset: inout Int) -> Int? {
    offset += 1
    let sign = byte(offset)
    if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { offset += 1 }
    let start = offset
    var power = 0
    while case let digit = byte(offset) &- UInt8(ascii: "0"), digit < 10 {
      // As good as endless, whatever the digits before it; no text has as many.
      power = min(power * 10 + Int(digit), 1 << 50)
      offset += 1
    }
    guard offset > start else { return nil }
    return sign == UInt8(ascii: "-") ? -power : power
  }

  /// Zeros before the first other digit of a number.
  private func leadingZeros(_ start: Int) -> Int {
    var zeros = 0
    var offset = start
    while true {
      switch byte(offset) {
      case UInt8(ascii: "0"): zeros += 1
      case UInt8(ascii: "."): break
      default: return zeros
      }
      offset += 1
    }
  }

  // MARK: Values

  /// Passes a number and returns the double next to it, ties to even: what `strtod` gives.
  @inline(__always)
  package mutating func double() throws(JSONProblem) -> Double {
    skipSpace()
    return try double(number())
  }

  @inline(__always)
  func double(_ number: JSONNumber) throws(JSONProblem) -> Double {
    guard number.isWhole, abs(number.exponent) <= DecimalPowers.limit, number.significand > 0 else {
      return try rareDouble(number)
    }
    let value = powers.double(number.significand, exponent: number.exponent)
    return number.isNegative ? -value : value
  }

  @inline(never)
  private func rareDouble(_ number: JSONNumber) throws(JSONProblem) -> Double {
    if number.isWhole, number.significand == 0 { return number.isNegative ? -0.0 : 0 }
    guard let value = Double(written(number.range)), value.isFinite else {
      throw JSONProblem(
        offset: number.range.lowerBound,
        "expected a number of at most 1.8e308, found \(excerpt(number.range.lowerBound))")
    }
    return value
  }

  /// The integer that a number is, also one written as `12.0` or `1.2e1`; nil if it is none or has
  /// more than 63 bits.
  package func integer(_ number: JSONNumber) -> Int? {
    guard number.isWhole else { return nil }
    var magnitude = number.significand
    var exponent = magnitude == 0 ? 0 : number.exponent
    while exponent < 0 {
      guard magnitude % 10 == 0 else { return nil }
      magnitude /= 10
      exponent += 1
    }
    while exponent > 0 {
      let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      magnitude = product
      exponent -= 1
    }
    guard number.isNegative else { return Int(exactly: magnitude) }
    return magnitude <= Int.min.magnitude ? Int(truncatingIfNeeded: 0 &- magnitude) : nil
  }
}
