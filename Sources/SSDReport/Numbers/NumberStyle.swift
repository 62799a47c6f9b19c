import Foundation

/// A kind of number, and how people read it: alike in sentences, pages, pictures and the terminal.
///
/// JSON keeps every digit. For people, a whole number stays whole, and another is rounded to the
/// decimals of its kind. A number that needs fewer decimals is exact and gets no zeros behind it:
/// 0.5 is a half, 0.500 something that rounds to it.
///
/// Of two roundings as near, the larger is taken. The page of `explain` follows the same rule in
/// JavaScript, with the same arithmetic.
public enum NumberStyle: String, Hashable, Sendable, CaseIterable {
  /// IoU, scores, losses and what adds to them: three decimals; below 0.1 three significant digits,
  /// below 0.001 with a power of ten.
  case measure
  /// A coordinate in 0…1 of the image: five decimals.
  case share
  /// A coordinate in pixels: one decimal.
  case pixels

  private var decimals: Int {
    switch self {
    case .measure: 3
    case .share: 5
    case .pixels: 1
    }
  }

  /// From here on a power of ten says more than digits.
  private static let large = 1e9

  /// Writes a number.
  ///
  /// - Parameter reference: what the number is compared with, such as a threshold. Where both would
  ///   read alike and are not, the number gets the decimals that tell them apart: 0.499947 beside
  ///   0.5 reads 0.4999.
  public func text(_ value: Double, apartFrom reference: Double? = nil) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞" }
    let size = abs(value)
    let sign = value < 0 ? "−" : ""
    if size >= Self.large || (self == .measure && size < 1e-3 && size > 0) {
      return sign + Self.scientific(size)
    }
    if size == size.rounded() { return sign + String(Int(size)) }
    var decimals = decimals
    if self == .measure, size < 0.1 { decimals += size < 0.01 ? 2 : 1 }
    if let reference, reference.isFinite, reference != value {
      while decimals < 12,
        Self.rounded(value, decimals) == Self.rounded(reference, decimals)
      { decimals += 1 }
    }
    return (Self.rounded(size, decimals) == 0 ? "" : sign) + Self.fixed(size, decimals)
  }

  /// Writes the ends of a range, or one number where both read alike.
  func range(_ low: Double, _ high: Double, apartFrom reference: Double? = nil) -> String {
    let (first, last) = (text(low, apartFrom: reference), text(high, apartFrom: reference))
    return first == last ? first : "\(first) to \(last)"
  }

  /// A whole number of units of the last decimal.
  private static func rounded(_ value: Double, _ decimals: Int) -> Double {
    (value * powerOfTen(decimals) + 0.5).rounded(.down)
  }

  /// Exact up to 10²².
  private static func powerOfTen(_ exponent: Int) -> Double {
    (0..<exponent).reduce(1.0) { power, _ in power * 10 }
  }

  private static func fixed(_ size: Double, _ decimals: Int) -> String {
    let units = rounded(size, decimals)
    var digits = String(format: "%.0f", units)
    digits = String(repeating: "0", count: max(decimals + 1 - digits.count, 0)) + digits
    let text = "\(digits.dropLast(decimals)).\(digits.suffix(decimals))"
    // What only the last bits add is no reason for zeros: 192 pixels may come as
    // 192.00000000000003.
    let isExact = abs(units / powerOfTen(decimals) - size) <= 1e-12 * size
    return isExact ? withoutZeros(text) : text
  }

  private static func scientific(_ size: Double) -> String {
    let text = String(format: "%.2e", size)
    let parts = text.split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else { return text }
    let mantissa = Double(text) == size ? withoutZeros(String(parts[0])) : String(parts[0])
    return "\(mantissa)·10\(superscript(exponent))"
  }

  private static func withoutZeros(_ text: String) -> String {
    var text = text[...]
    while text.hasSuffix("0") { text = text.dropLast() }
    return String(text.hasSuffix(".") ? text.dropLast() : text)
  }

  private static func superscript(_ exponent: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return (exponent < 0 ? "⁻" : "")
      + String(String(abs(exponent)).compactMap { $0.wholeNumberValue.map { digits[$0] } })
  }
}
