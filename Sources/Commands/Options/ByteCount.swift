/// A number of bytes as `--shard-size` takes it: `500MB`, `1.5GB`, `512MiB`.
public struct ByteCount: Hashable, Sendable {
  /// The bytes, 1 or more.
  public let count: Int

  /// What is taken, in words.
  public static let forms = "a size, as 800kB, 500MB, 1.5GB or 512MiB, of at most 1000TB"
  private static let units: [(name: String, count: Double)] = [
    ("kib", 0x1p10), ("mib", 0x1p20), ("gib", 0x1p30), ("tib", 0x1p40), ("kb", 1e3), ("mb", 1e6),
    ("gb", 1e9), ("tb", 1e12),
  ]

  /// Reads a text; nil where it is no size.
  ///
  /// - Parameter text: a number and its unit.
  public init?(_ text: String) {
    let lower = text.lowercased()
    guard let unit = Self.units.first(where: { lower.hasSuffix($0.name) }) else { return nil }
    let number = lower.dropLast(unit.name.count)
    guard number.first?.isASCIIDigit == true,
      number.allSatisfy({ $0.isASCIIDigit || $0 == "." }), let count = Double(number),
      case let bytes = (count * unit.count).rounded(), bytes >= 1, bytes <= 1e15
    else { return nil }
    self.count = Int(bytes)
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
