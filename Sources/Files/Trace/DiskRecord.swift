/// Paths with their stamps, as small as they can be: there may be a million.
///
/// Of a path the bytes that it has in common with the one before it are left out. Every
/// ``blockCount`` of them begin anew, so that several threads can look at them.
package struct DiskRecord: Sendable {
  /// How many paths stand together.
  package static let blockCount = 1024
  /// Where each block begins in ``paths``.
  package private(set) var starts: [UInt64] = []
  /// For each path how many bytes are those of the one before, how many follow, and these.
  package private(set) var paths: [UInt8] = []
  /// For each path its stamp's digest.
  package private(set) var digests: [UInt64] = []

  init(_ stamps: some Sequence<(path: String, digest: UInt64)>) {
    var last: [UInt8] = []
    for (path, digest) in stamps.sorted(by: { $0.path < $1.path }) {
      if digests.count.isMultiple(of: Self.blockCount) {
        starts.append(UInt64(paths.count))
        last = []
      }
      let bytes = Array((path.isEmpty ? "." : path).utf8)
      var common = 0
      while common < min(last.count, bytes.count), last[common] == bytes[common] { common += 1 }
      append(common)
      append(bytes.count - common)
      paths += bytes[common...]
      digests.append(digest)
      last = bytes
    }
  }

  private mutating func append(_ number: Int) {
    var rest = number
    while rest >= 0x80 {
      paths.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    paths.append(UInt8(rest))
  }

  /// Says that all of a block are as they were; false also where the bytes are none that
  /// ``DiskRecord`` makes.
  ///
  /// - Parameters:
  ///   - paths: the bytes of the block.
  ///   - digests: of its paths.
  package static func isUnchanged(
    paths: UnsafeRawBufferPointer, digests: some Collection<UInt64>
  ) -> Bool {
    var place = 0
    func number() -> Int? {
      var result = 0
      for shift in stride(from: 0, to: 35, by: 7) {
        guard place < paths.count else { return nil }
        let byte = paths[place]
        place += 1
        result |= Int(byte & 0x7F) << shift
        if byte & 0x80 == 0 { return result }
      }
      return nil
    }
    // With the byte that ends it for the system.
    var path: [CChar] = [0]
    for digest in digests {
      guard let common = number(), common < path.count, let count = number(),
        count <= paths.count - place
      else { return false }
      path.removeSubrange(common...)
      path.append(contentsOf: paths[place..<place + count].lazy.map { CChar(bitPattern: $0) })
      path.append(0)
      place += count
      guard let stamp = path.withUnsafeBufferPointer({ $0.baseAddress.map { DiskStamp($0) } }),
        // What nobody may look at now has no digest, as what is missing.
        stamp.digest == digest, stamp.isOrdinary
      else { return false }
    }
    return place == paths.count
  }
}
