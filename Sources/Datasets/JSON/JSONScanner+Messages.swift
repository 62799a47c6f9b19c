extension JSONScanner {
  /// The error of what stands at the position.
  @inline(never)
  package func unexpected(_ expected: String) -> JSONProblem {
    JSONProblem(offset: position, "expected \(expected), found \(excerpt(position))")
  }

  /// What begins at an offset, in words for a message.
  package func excerpt(_ offset: Int) -> String {
    guard offset < count else { return "the end of the file" }
    switch base[offset] {
    case UInt8(ascii: "{"): return "an object"
    case UInt8(ascii: "["): return "a list"
    case UInt8(ascii: "\""): return string(from: offset)
    case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ","), UInt8(ascii: ":"):
      return String(UnicodeScalar(base[offset]))
    case 0..<0x20, 0x7F...0xFF: return Self.hexadecimal(base[offset])
    default:
      let word = word(from: offset)
      return ["NaN", "Infinity", "-Infinity"].contains(word) ? "\(word), which JSON lacks" : word
    }
  }

  private static let excerptLimit = 40

  /// Up to the next delimiter.
  private func word(from offset: Int) -> String {
    var end = offset
    while end < min(count, offset + Self.excerptLimit), base[end] > 0x20, base[end] < 0x7F,
      !",:]}[{\"".utf8.contains(base[end])
    {
      end += 1
    }
    return written(offset..<end)
  }

  /// The beginning of a string in its quotes.
  private func string(from offset: Int) -> String {
    var end = offset + 1
    while end < min(count, offset + Self.excerptLimit), base[end] >= 0x20,
      base[end] != UInt8(ascii: "\"")
    {
      end += base[end] == UInt8(ascii: "\\") ? 2 : 1
    }
    let isWhole = byte(end) == UInt8(ascii: "\"")
    return written(offset..<min(count, isWhole ? end + 1 : end)) + (isWhole ? "" : "…")
  }

  /// The text as the file has it; of a long one the beginning.
  func written(_ range: Range<Int>, limit: Int? = nil) -> String {
    let end = limit.map { min(range.upperBound, range.lowerBound + $0) } ?? range.upperBound
    let bytes = UnsafeBufferPointer(start: base + range.lowerBound, count: end - range.lowerBound)
    return String(decoding: bytes, as: UTF8.self) + (end < range.upperBound ? "…" : "")
  }
}
