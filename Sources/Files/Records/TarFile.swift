import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A tar archive, of which the heads of its members are read and nothing is unpacked.
///
/// Read are POSIX's ustar with pax headers (`path`, `size`), GNU's long names, and old archives
/// without a mark; sizes in octal and in base 256. Names are names alone: no path is followed.
///
/// - SeeAlso: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar's manual, "Basic Tar Format".
public struct TarFile: Sendable {
  /// A file of the archive.
  public struct Member: Hashable, Sendable {
    /// What a member is.
    public enum Kind: Hashable, Sendable {
      /// A file whose bytes stand in the archive.
      case file
      /// A file that is another one, by a link.
      case link
      /// A file with holes, whose bytes do not stand there as they are.
      case sparse
    }

    /// The path that it was packed under; of names that are no UTF-8 the bytes that are none are
    /// replaced.
    public let name: String
    /// What it is.
    public let kind: Kind
    /// The place of its first byte in the archive.
    public let offset: Int
    /// The number of its bytes.
    public let size: Int
  }

  /// The path.
  public let path: String
  /// The files in it, in their order; folders, devices and the like are left out.
  public let members: [Member]
  /// The reason why what follows the last member is none; nil where the archive ends as it should.
  public let fault: String?

  static let blockSize = 512
  /// Headers of longer names are none that anybody means.
  private static let mostExtraBytes = 1 << 20
  /// What is looked at behind the end: archives are filled up with zeros.
  private static let mostFilling = 1 << 20

  /// Looks for the members of an archive; their bytes are not read.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - limit: how many members are looked for.
  /// - Throws: ``FileError`` where it cannot be read.
  public init(_ path: String, limit: Int = .max) throws(FileError) {
    var reader = try Reader(path)
    self.path = path
    var members: [Member] = []
    do throws(Fault) {
      while members.count < limit, let member = try reader.next() { members.append(member) }
      fault = nil
    } catch {
      // Names of members may hold what ends a line.
      fault = "byte \(error.offset): \(error.reason.shown)"
    }
    self.members = members
  }

  private struct Fault: Error {
    let offset: Int
    let reason: String
  }

  /// Passes the heads of an archive.
  private struct Reader: ~Copyable {
    private let descriptor: Int32
    private let count: Int
    private var offset = 0
    /// Of a header that says more of the member behind it.
    private var longName: String?
    private var longSize: Int?
    private var isSparse = false

    init(_ path: String) throws(FileError) {
      func fail(_ reason: String) -> FileError { FileError(path: path, reason: reason) }
      guard !path.utf8.contains(0) else { throw fail(InputFile.reason(ENOENT)) }
      DiskTrace.note(path)
      // A pipe without a writer would be waited for.
      let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
      guard opened >= 0 else { throw fail(InputFile.reason(errno)) }
      var status = stat()
      let number = fstat(opened, &status) == 0 ? 0 : errno
      let type = status.st_mode & S_IFMT
      guard number == 0, type == S_IFREG else {
        close(opened)
        throw fail(
          number != 0 || type == S_IFDIR
            ? InputFile.reason(number != 0 ? number : EISDIR)
            : "expected a file, found a pipe or a device")
      }
      descriptor = opened
      count = Int(status.st_size)
    }

    deinit { close(descriptor) }

    private func fail(_ reason: String, at place: Int? = nil) -> Fault {
      Fault(offset: place ?? offset, reason: reason)
    }

    private func bytes(_ length: Int, from place: Int) throws(Fault) -> [UInt8] {
      guard length <= count - place else {
        throw fail("expected \(length) bytes, found \(max(count - place, 0))", at: place)
      }
      var read = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, initialized in
        while read < length, let base = buffer.baseAddress {
          let part = pread(descriptor, base + read, length - read, off_t(place + read))
          if part < 0, errno == EINTR { continue }
          guard part > 0 else { break }
          read += part
        }
        initialized = read
      }
      guard read == length else { throw fail("expected \(length) bytes, found \(read)", at: place) }
      return bytes
    }

    /// The next file; nil at the end.
    mutating func next() throws(Fault) -> Member? {
      while let head = try head() {
        let start = offset
        offset += TarFile.blockSize
        let size = try number(head, 124..<136, "size", at: start)
        let type = head[156]
        switch type {
        case UInt8(ascii: "L"): longName = try longName(of: size, at: start)
        case UInt8(ascii: "x"): try readExtended(size, at: start)
        // Of a link's name, a volume and all members nothing is asked.
        case UInt8(ascii: "K"), UInt8(ascii: "g"), UInt8(ascii: "V"):
          try skip(size, "header", at: start)
        case UInt8(ascii: "M"):
          throw fail("a part of an archive of several volumes", at: start)
        default:
          let name = longName ?? Self.name(of: head)
          let wholeSize = longSize ?? size
          let hasHoles = isSparse || type == UInt8(ascii: "S")
          (longName, longSize, isSparse) = (nil, nil, false)
          if let member = try member(name, type, wholeSize, hasHoles: hasHoles, at: start) {
            return member
          }
        }
      }
      return nil
    }

    private mutating func member(
      _ name: String, _ type: UInt8, _ size: Int, hasHoles: Bool, at start: Int
    ) throws(Fault) -> Member? {
      switch type {
      case UInt8(ascii: "1"), UInt8(ascii: "2"):
        return Member(name: name, kind: .link, offset: offset, size: 0)
      // Devices, folders and pipes have no bytes, whatever their size says.
      case UInt8(ascii: "3")...UInt8(ascii: "6"): return nil
      default:
        let begin = offset
        if type == UInt8(ascii: "S") { try skipSparseMap(at: start) }
        try skip(size, name, at: start)
        // Before there was a type for folders their names said it.
        let isFile = type == 0 && !name.hasSuffix("/") || type == UInt8(ascii: "0")
        guard isFile || type == UInt8(ascii: "7") || type == UInt8(ascii: "S") else { return nil }
        return Member(name: name, kind: hasHoles ? .sparse : .file, offset: begin, size: size)
      }
    }

    /// The next head; nil at the end of the archive.
    private func head() throws(Fault) -> [UInt8]? {
      guard offset < count else {
        throw fail("expected two blocks of zeros at the end, found none: perhaps cut off")
      }
      let head = try bytes(TarFile.blockSize, from: offset)
      guard head.contains(where: { $0 != 0 }) else {
        try checkEnd()
        return nil
      }
      if offset == 0, head.starts(with: [0x1F, 0x8B]) {
        throw fail("compressed by gzip; unpack it first")
      }
      let written = try number(head, 148..<156, "checksum", at: offset)
      // The checksum itself counts as spaces; old programs added bytes with a sign.
      var (sum, signed) = (8 * 32, 8 * 32)
      for (index, byte) in head.enumerated() where !(148..<156).contains(index) {
        sum += Int(byte)
        signed += Int(Int8(bitPattern: byte))
      }
      guard written == sum || written == signed else {
        throw fail("expected a head with checksum \(sum), found \(written): no tar, or damaged")
      }
      return head
    }

    /// What follows the end, as an archive that was put behind this one, would be lost.
    private func checkEnd() throws(Fault) {
      guard longName == nil, longSize == nil else {
        throw fail("expected a member behind the header of its name, found the end")
      }
      let rest = try bytes(min(count - offset, TarFile.mostFilling), from: offset)
      guard let first = rest.firstIndex(where: { $0 != 0 }) else { return }
      throw fail("expected the end, found bytes behind it, which are not read", at: offset + first)
    }

    private mutating func skip(_ size: Int, _ name: String, at start: Int) throws(Fault) {
      guard size <= count - offset else {
        throw fail("\(name): expected \(size) bytes, found \(max(count - offset, 0))", at: start)
      }
      // Only the last member's filling may be cut off, and nothing is lost then.
      offset += (size + TarFile.blockSize - 1) / TarFile.blockSize * TarFile.blockSize
    }

    /// Passes further blocks of GNU's map of holes.
    private mutating func skipSparseMap(at start: Int) throws(Fault) {
      var isLast = try bytes(TarFile.blockSize, from: start)[482] == 0
      while !isLast {
        isLast = try bytes(TarFile.blockSize, from: offset)[504] == 0
        offset += TarFile.blockSize
      }
    }

    private mutating func extra(_ size: Int, at start: Int) throws(Fault) -> [UInt8] {
      guard size <= TarFile.mostExtraBytes else {
        throw fail(
          "expected a header of at most \(TarFile.mostExtraBytes) bytes, found \(size)", at: start)
      }
      let begin = offset
      try skip(size, "header", at: start)
      return try bytes(size, from: begin)
    }

    private mutating func longName(of size: Int, at start: Int) throws(Fault) -> String {
      String(decoding: try extra(size, at: start).prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Reads records as `20 path=long/name.jpg` and an end of line, with their own length before.
    private mutating func readExtended(_ size: Int, at start: Int) throws(Fault) {
      let data = try extra(size, at: start)
      var rest = data[...]
      // Some fill the block up.
      while let first = rest.first, first != 0 {
        let digits = rest.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        guard let length = Int(String(decoding: digits, as: UTF8.self)),
          length > digits.count + 1, length <= rest.count,
          rest[rest.startIndex + digits.count] == UInt8(ascii: " "),
          rest[rest.startIndex + length - 1] == UInt8(ascii: "\n")
        else { throw fail("expected records of a pax header, found others", at: start) }
        let record = rest.prefix(length).dropFirst(digits.count + 1).dropLast()
        rest = rest.dropFirst(length)
        guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
          throw fail("expected key=value in a pax header, found none", at: start)
        }
        let key = String(decoding: record[..<equals], as: UTF8.self)
        let value = String(decoding: record[(equals + 1)...], as: UTF8.self)
        switch key {
        case "path": longName = value.isEmpty ? nil : value
        case "size":
          guard let size = Int(value), size >= 0 else {
            throw fail("pax size: expected a number of bytes, found \(value.shown)", at: start)
          }
          longSize = size
        default: if key.hasPrefix("GNU.sparse.") { isSparse = true }
        }
      }
    }

    /// A field in octal, or in base 256 where its first bit is set.
    private func number(
      _ head: [UInt8], _ range: Range<Int>, _ name: String, at start: Int
    ) throws(Fault) -> Int {
      let field = head[range]
      if let first = field.first, first & 0x80 != 0 {
        var value = Int(first & 0x7F)
        for byte in field.dropFirst() {
          // Also what is below 0, whose other bits are set.
          guard value <= Int.max >> 8 else {
            throw fail(
              "\(name): expected a number of bytes, found one of more than 63 bit", at: start)
          }
          value = value << 8 | Int(byte)
        }
        return value
      }
      let text = field.prefix { $0 != 0 }.drop { $0 == 32 }.reversed().drop { $0 == 32 }.reversed()
      guard !text.isEmpty else { return 0 }
      guard text.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "7") ~= $0 }),
        let value = Int(String(decoding: Array(text), as: UTF8.self), radix: 8)
      else {
        throw fail(
          "\(name): expected octal digits,"
            + " found \(String(decoding: Array(text), as: UTF8.self).shown)", at: start)
      }
      return value
    }

    private static func name(of head: [UInt8]) -> String {
      func text(_ range: Range<Int>) -> String {
        String(decoding: head[range].prefix { $0 != 0 }, as: UTF8.self)
      }
      // GNU's own archives have other things in the place of the prefix.
      let hasPrefix = Array(head[257..<263]) == Array("ustar\0".utf8)
      let prefix = hasPrefix ? text(345..<500) : ""
      return prefix.isEmpty ? text(0..<100) : prefix + "/" + text(0..<100)
    }
  }
}
