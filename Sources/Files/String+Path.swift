// Parts of paths, by their bytes. Foundation's `NSString` traps on paths whose parts are of one
// character, such as `e` and `//`.
extension String {
  /// What follows the last point of a path's last part, as it is written; empty without one, and
  /// for a name that begins with its only point.
  package var pathExtension: String {
    point.map { withoutSlashes[utf8.index(after: $0)...] }
      .map(String.init) ?? ""
  }

  /// What follows the last point of a path's last part, in lower case.
  package var fileExtension: String {
    utf8.withContiguousStorageIfAvailable(Self.plainExtension).flatMap(\.self)
      ?? pathExtension.lowercased()
  }

  /// ``fileExtension`` of up to seven ASCII letters and digits, as nearly all are: each of a dozen
  /// layouts asks for those of a million files. Nil for any other.
  private static func plainExtension(_ path: UnsafeBufferPointer<UInt8>) -> String? {
    var start = path.count
    while start > 1, path.count - start < 8 {
      switch path[start - 1] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        start -= 1
      case UInt8(ascii: ".")
      where path[start - 2] != UInt8(ascii: ".") && path[start - 2] != UInt8(ascii: "/"):
        return String(unsafeUninitializedCapacity: path.count - start) { lowercase in
          for index in start..<path.count { lowercase[index - start] = path[index] | 0x20 }
          return path.count - start
        }
      default: return nil
      }
    }
    return nil
  }

  /// A path without what follows the last point of its last part.
  package var withoutExtension: String {
    point.map { String(self[..<$0]) } ?? String(withoutSlashes)
  }

  /// A path as another system may have written it, with `/` for each `\`.
  package var withSlashes: String {
    let backslash = UInt8(ascii: "\\")
    guard utf8.contains(backslash) else { return self }
    return String(decoding: utf8.map { $0 == backslash ? UInt8(ascii: "/") : $0 }, as: UTF8.self)
  }

  /// A path without slashes at its end, as shells write them behind folders.
  package var withoutSlashesAtEnd: String { String(withoutSlashes) }

  /// A path's last part; `/` of the root.
  package var lastPart: String {
    let path = withoutSlashes
    guard path.utf8.count > 1, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else {
      return String(path)
    }
    return String(path[utf8.index(after: slash)...])
  }

  /// A path without its last part; the folder of a bare name is the current one, `.`, and that of
  /// the root the root.
  package var parentFolder: String {
    let path = withoutSlashes
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == startIndex ? "/" : String(withoutSlashes(to: slash))
  }

  /// The place of the last point in the last part; nil where nothing stands before it.
  private var point: Index? {
    let bytes = withoutSlashes.utf8
    guard
      let point = bytes.lastIndex(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "/") }),
      bytes[point] == UInt8(ascii: "."), point > bytes.startIndex
    else { return nil }
    let before = bytes.index(before: point)
    if bytes[before] == UInt8(ascii: "/") { return nil }
    return bytes[before...].elementsEqual("..".utf8) && isPart(at: before) ? nil : point
  }

  /// Says that a part of the path begins at a place.
  private func isPart(at place: Index) -> Bool {
    place == startIndex || utf8[utf8.index(before: place)] == UInt8(ascii: "/")
  }

  private var withoutSlashes: Substring { withoutSlashes(to: endIndex) }

  /// The path up to a place, without the slashes before that but the one that is all of it.
  private func withoutSlashes(to end: Index) -> Substring {
    var end = end
    while end > startIndex {
      let last = utf8.index(before: end)
      guard last > startIndex, utf8[last] == UInt8(ascii: "/") else { break }
      end = last
    }
    return self[..<end]
  }
}
