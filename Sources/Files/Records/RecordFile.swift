import Foundation

/// A file of records as TensorFlow and TensorBoard write them.
///
/// A record is the length of its bytes (64 bit, little endian), the length's masked CRC-32C, the
/// bytes, and their masked CRC-32C.
public struct RecordFile: Sendable {
  /// The path.
  public let path: String
  /// The bytes of each record, in their order, not read yet.
  public let records: [FilePart]
  /// The reason why what follows the last record is none; nil where nothing follows.
  public let fault: String?

  private static let headSize = 12
  private static let checksumSize = 4

  /// Looks for the records of a file; only their lengths are read.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - limit: how many records are looked for.
  /// - Throws: ``FileError`` where it cannot be read.
  public init(_ path: String, limit: Int = .max) throws(FileError) {
    let data = try InputFile.contents(path)
    var records: [FilePart] = []
    var fault: String?
    data.withUnsafeBytes { bytes in
      var offset = 0
      while offset < bytes.count, records.count < limit {
        let place = "record \(records.count) at byte \(offset)"
        guard bytes.count - offset >= Self.headSize else {
          fault = "\(place): ends within its length"
          return
        }
        let head = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + 8])
        let checksum = bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt32.self)
        guard UInt32(littleEndian: checksum) == CRC32C.masked(head) else {
          fault =
            records.isEmpty && bytes.starts(with: [0x1F, 0x8B])
            ? "compressed by gzip; unpack it first" : "\(place): its length has a wrong checksum"
          return
        }
        let length = UInt64(littleEndian: head.loadUnaligned(as: UInt64.self))
        let rest = bytes.count - offset - Self.headSize - Self.checksumSize
        guard rest >= 0, length <= UInt64(rest) else {
          fault = "\(place): expected \(length) bytes, found \(max(rest, 0))"
          return
        }
        records.append(
          FilePart(path: path, offset: offset + Self.headSize, length: Int(length)))
        offset += Self.headSize + Int(length) + Self.checksumSize
      }
    }
    self.path = path
    self.records = records
    self.fault = fault
  }

  /// Reads the bytes of a record.
  ///
  /// - Parameter index: from 0.
  /// - Throws: ``FileError`` where they are not those that were written.
  public func contents(_ index: Int) throws(FileError) -> Data {
    let part = records[index]
    let framed = try FilePart(
      path: path, offset: part.offset, length: part.length + Self.checksumSize
    ).contents()
    let data = framed.prefix(part.length)
    let checksum = framed.suffix(Self.checksumSize).withUnsafeBytes {
      UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self))
    }
    guard checksum == CRC32C.masked(data) else {
      throw FileError(path: path, reason: "record \(index): its bytes have a wrong checksum")
    }
    return data
  }

  /// Returns a message as a record.
  ///
  /// - Parameter message: the bytes.
  public static func framed(_ message: Data) -> Data {
    func bytes<Value>(_ value: Value) -> Data { withUnsafeBytes(of: value) { Data($0) } }
    let length = bytes(UInt64(message.count).littleEndian)
    return length + bytes(CRC32C.masked(length).littleEndian) + message
      + bytes(CRC32C.masked(message).littleEndian)
  }
}
