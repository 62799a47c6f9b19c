import Foundation

/// The files that are mapped, by their addresses, so that the handler of the signal that says that
/// one was made shorter can name it.
package enum MappedRanges {
  /// Files at once that are known; one beyond is not named.
  private static let capacity = 64
  private static let nameCapacity = 1024
  private static let lock = NSLock()

  private struct Range {
    var start: UInt = 0
    var end: UInt = 0
  }

  // A signal's handler may neither wait for a lock nor meet memory that is gone: so the places are
  // made once and kept, and one that is empty begins at 0.
  nonisolated(unsafe) private static let ranges: UnsafeMutablePointer<Range> = {
    let ranges = UnsafeMutablePointer<Range>.allocate(capacity: capacity)
    ranges.initialize(repeating: Range(), count: capacity)
    return ranges
  }()
  nonisolated(unsafe) private static let names: UnsafeMutablePointer<CChar> = {
    let names = UnsafeMutablePointer<CChar>.allocate(capacity: capacity * nameCapacity)
    names.initialize(repeating: 0, count: capacity * nameCapacity)
    return names
  }()

  /// Makes the memory that ``name(of:)`` reads, which a signal's handler must not.
  package static func prepare() {
    _ = ranges
    _ = names
  }

  /// Notes a file that is mapped.
  ///
  /// - Parameters:
  ///   - bytes: the mapping.
  ///   - path: of the file; of a long one the beginning is left out.
  /// - Returns: what ``end(_:)`` takes; nil where there is no place for it.
  static func begin(_ bytes: UnsafeRawBufferPointer, path: String) -> Int? {
    lock.withLock {
      guard let place = (0..<capacity).first(where: { ranges[$0].start == 0 }) else { return nil }
      let name = Array(path.withEscapedControls(inOneLine: true).utf8.suffix(nameCapacity - 1))
      for (index, byte) in name.enumerated() {
        names[place * nameCapacity + index] = CChar(bitPattern: byte)
      }
      names[place * nameCapacity + name.count] = 0
      let start = UInt(bitPattern: bytes.baseAddress)
      ranges[place].end = start + UInt(bytes.count)
      // Last: until then nobody takes the place for a file.
      ranges[place].start = start
      return place
    }
  }

  /// Forgets a file, before it is unmapped.
  static func end(_ place: Int?) {
    guard let place else { return }
    lock.withLock { ranges[place].start = 0 }
  }

  /// The name of the file whose bytes are at an address, ended by 0; nil where none is known. May
  /// be called by a signal's handler.
  package static func name(of address: UInt) -> UnsafePointer<CChar>? {
    for place in 0..<capacity {
      let range = ranges[place]
      if range.start != 0, range.start <= address, address < range.end {
        return UnsafePointer(names + place * nameCapacity)
      }
    }
    return nil
  }
}
