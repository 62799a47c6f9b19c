import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Some bytes of a file, as a picture within a file of records.
public struct FilePart: Hashable, Sendable, CustomStringConvertible {
  /// How bytes stand in a file.
  public enum Encoding: Hashable, Sendable {
    /// As they are.
    case plain
    /// As a text in base64, within a string of JSON.
    case base64
  }

  /// The file.
  public let path: String
  /// The place of the first byte, from 0.
  public let offset: Int
  /// The number of bytes in the file.
  public let length: Int
  /// How the bytes stand there.
  public let encoding: Encoding

  /// Names a part of a file; nothing is read.
  public init(path: String, offset: Int, length: Int, encoding: Encoding = .plain) {
    self.path = path
    self.offset = offset
    self.length = length
    self.encoding = encoding
  }

  /// One word for people: the path and the place.
  public var description: String { "\(path)@\(offset)" }

  /// Reads the bytes, and no others. The file may stay open for the next part of it, of a few files
  /// at a time.
  ///
  /// - Throws: ``FileError`` where the file is missing or ends before the part does, or the part is
  ///   not encoded as it should be.
  public func contents() throws(FileError) -> Data { try contents(by: .shared) }

  /// Reads them by way of files that are open already.
  func contents(by files: OpenFiles) throws(FileError) -> Data {
    DiskTrace.note(path)
    let (file, status) = try files.open(path)
    let data = withExtendedLifetime(file) {
      Self.bytes(length, from: offset, of: file.descriptor, status)
    }
    guard let data else {
      throw FileError(path: path, reason: "expected \(length) bytes from \(offset), found fewer")
    }
    switch encoding {
    case .plain: return data
    case .base64:
      guard let decoded = Self.decoded(base64: data) else {
        throw FileError(path: path, reason: "expected base64 from \(offset), found another text")
      }
      return decoded
    }
  }

  /// Reads in one call where the system gives all at once; nil where there are fewer bytes.
  private static func bytes(
    _ length: Int, from offset: Int, of descriptor: Int32, _ status: stat
  ) -> Data? {
    // A length that a file lies about must not become memory.
    guard offset >= 0, length >= 0, status.st_mode & S_IFMT == S_IFREG,
      length <= Int(status.st_size) - offset
    else { return nil }
    var data = Data(count: length)
    let read = data.withUnsafeMutableBytes { buffer in
      var read = 0
      while read < length, let start = buffer.baseAddress {
        let part = pread(descriptor, start + read, length - read, off_t(offset + read))
        if part < 0, errno == EINTR { continue }
        if part < 0 { DiskTrace.noteFailure() }
        guard part > 0 else { break }
        read += part
      }
      return read
    }
    return read == length ? data : nil
  }

  /// JSON may write `/` as `\/` and the end of a line as `\n`; some tools leave `=` away.
  private static func decoded(base64 text: Data) -> Data? {
    var plain = Data()
    plain.reserveCapacity(text.count + 3)
    var isEscaped = false
    for byte in text {
      switch byte {
      case UInt8(ascii: "\\") where !isEscaped: isEscaped = true
      case _ where isEscaped:
        isEscaped = false
        if byte == UInt8(ascii: "/") { plain.append(byte) }
      case UInt8(ascii: "="), 0x20, 0x0A, 0x0D, 0x09: break
      default: plain.append(byte)
      }
    }
    plain.append(contentsOf: repeatElement(UInt8(ascii: "="), count: (4 - plain.count % 4) % 4))
    return Data(base64Encoded: plain)
  }
}
