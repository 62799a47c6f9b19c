import Foundation

/// A string in a JSON text: where it stands between its quotes.
package struct JSONString {
  package let range: Range<Int>
  let hasEscapes: Bool
}

extension JSONScanner {
  /// Passes a string, and checks escapes and UTF-8.
  ///
  /// Half of a surrogate pair is an error: no character is written so.
  package mutating func string() throws(JSONProblem) -> JSONString {
    guard next() == UInt8(ascii: "\"") else { throw unexpected("a string") }
    let start = position + 1
    var offset = start
    var hasEscapes = false
    while true {
      while offset + 8 <= count {
        let special = Self.specialBytes(eightBytes(offset))
        if special != 0 {
          offset += special.trailingZeroBitCount / 8
          break
        }
        offset += 8
      }
      let byte = byte(offset)
      if byte == UInt8(ascii: "\"") { break }
      if byte == UInt8(ascii: "\\") {
        hasEscapes = true
        offset = try passedEscape(offset)
      } else if byte >= 0x80 {
        offset = try passedCharacter(offset)
      } else if byte >= 0x20 {
        offset += 1
      } else {
        throw JSONProblem(
          offset: offset,
          offset >= count
            ? "expected the end of a string, found that of the file"
            : "expected control characters in strings as escapes, found \(Self.hexadecimal(byte))")
      }
    }
    position = offset + 1
    return JSONString(range: start..<offset, hasEscapes: hasEscapes)
  }

  /// The highest bit of each byte that is a quote, a backslash, below 0x20 or above 0x7F.
  ///
  /// A borrow may mark a byte above one that is marked, never one below: the lowest mark is right.
  @inline(__always)
  private static func specialBytes(_ bytes: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = bytes ^ ones &* 0x22
    let backslashes = bytes ^ ones &* 0x5C
    let found = (quotes &- ones) | (backslashes &- ones) | (bytes &- ones &* 0x20) | bytes
    return found & (ones &* 0x80)
  }

  /// Returns the offset behind an escape.
  private func passedEscape(_ offset: Int) throws(JSONProblem) -> Int {
    switch byte(offset + 1) {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return offset + 2
    case UInt8(ascii: "u"):
      let unit = try escapedUnit(offset)
      guard unit & 0xF800 == 0xD800 else { return offset + 6 }
      let isPair =
        unit < 0xDC00 && byte(offset + 6) == UInt8(ascii: "\\")
        && byte(offset + 7) == UInt8(ascii: "u")
      guard isPair, try escapedUnit(offset + 6) & 0xFC00 == 0xDC00 else {
        throw JSONProblem(
          offset: offset, "expected both halves of a surrogate pair, found one alone")
      }
      return offset + 12
    default:
      throw JSONProblem(offset: offset, "expected an escape that JSON has, found another")
    }
  }

  /// The UTF-16 unit of `\uXXXX` at an offset.
  private func escapedUnit(_ offset: Int) throws(JSONProblem) -> UInt32 {
    var unit: UInt32 = 0
    for index in 2..<6 {
      guard let digit = Self.hexadecimalDigit(byte(offset + index)) else {
        throw JSONProblem(offset: offset, "expected four hexadecimal digits behind \\u")
      }
      unit = unit << 4 | digit
    }
    return unit
  }

  private static func hexadecimalDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  /// Returns the offset behind a character of several bytes; Unicode 16, table 3-7.
  private func passedCharacter(_ offset: Int) throws(JSONProblem) -> Int {
    let first = byte(offset)
    let (length, second): (Int, ClosedRange<UInt8>) =
      switch first {
      case 0xC2...0xDF: (2, 0x80...0xBF)
      case 0xE0: (3, 0xA0...0xBF)
      case 0xED: (3, 0x80...0x9F)
      case 0xE1...0xEF: (3, 0x80...0xBF)
      case 0xF0: (4, 0x90...0xBF)
      case 0xF1...0xF3: (4, 0x80...0xBF)
      case 0xF4: (4, 0x80...0x8F)
      default: (1, 0...0)
      }
    let isCharacter =
      length > 1 && second.contains(byte(offset + 1))
      && (2..<max(2, length)).allSatisfy { byte(offset + $0) & 0xC0 == 0x80 }
    guard isCharacter else {
      throw JSONProblem(offset: offset, "expected UTF-8, found \(Self.hexadecimal(first))")
    }
    return offset + length
  }

  static func hexadecimal(_ byte: UInt8) -> String {
    "the byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }

  // MARK: Texts

  /// True if a key is `name`, which is ASCII.
  @inline(__always)
  func `is`(_ key: JSONString, _ name: StaticString) -> Bool {
    if key.hasEscapes { return text(key) == "\(name)" }
    return key.range.count == name.utf8CodeUnitCount
      && memcmp(base + key.range.lowerBound, name.utf8Start, name.utf8CodeUnitCount) == 0
  }

  /// The characters of a string that was passed.
  package func text(_ string: JSONString) -> String {
    let bytes = UnsafeBufferPointer(
      start: base + string.range.lowerBound, count: string.range.count)
    guard string.hasEscapes else { return String(decoding: bytes, as: UTF8.self) }
    var units: [UInt16] = []
    var text = ""
    var offset = string.range.lowerBound
    while offset < string.range.upperBound {
      let start = offset
      while offset < string.range.upperBound, base[offset] != UInt8(ascii: "\\") { offset += 1 }
      text += String(
        decoding: UnsafeBufferPointer(rebasing: bytes[from(start, offset)]), as: UTF8.self)
      units.removeAll(keepingCapacity: true)
      while offset < string.range.upperBound, base[offset] == UInt8(ascii: "\\") {
        let (unit, length) = unescaped(offset)
        units.append(unit)
        offset += length
      }
      text += String(decoding: units, as: UTF16.self)
    }
    return text

    func from(_ start: Int, _ end: Int) -> Range<Int> {
      start - string.range.lowerBound..<end - string.range.lowerBound
    }
  }

  /// The UTF-16 unit of a checked escape, and its length.
  private func unescaped(_ offset: Int) -> (UInt16, Int) {
    switch byte(offset + 1) {
    case UInt8(ascii: "b"): (0x08, 2)
    case UInt8(ascii: "f"): (0x0C, 2)
    case UInt8(ascii: "n"): (0x0A, 2)
    case UInt8(ascii: "r"): (0x0D, 2)
    case UInt8(ascii: "t"): (0x09, 2)
    case UInt8(ascii: "u"): (UInt16((try? escapedUnit(offset)) ?? 0xFFFD), 6)
    default: (UInt16(byte(offset + 1)), 2)
    }
  }
}
