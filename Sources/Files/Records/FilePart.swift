import Foundation

/// Some bytes of a file, as a picture within a file of records.
public struct FilePart: Hashable, Sendable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// The place of the first byte, from 0.
  public let offset: Int
  /// The number of bytes.
  public let length: Int

  /// Names a part of a file; nothing is read.
  public init(path: String, offset: Int, length: Int) {
    self.path = path
    self.offset = offset
    self.length = length
  }

  /// One word for people: the path and the place.
  public var description: String { "\(path)@\(offset)" }

  /// Reads the bytes, and no others.
  ///
  /// - Throws: ``FileError`` where the file is missing or ends before the part does.
  public func contents() throws(FileError) -> Data {
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw FileError(path: path, reason: "no such file")
    }
    defer { try? file.close() }
    guard offset >= 0, length >= 0, (try? file.seek(toOffset: UInt64(offset))) != nil,
      let data = try? file.read(upToCount: length) ?? Data(), data.count == length
    else {
      throw FileError(path: path, reason: "expected \(length) bytes from \(offset), found fewer")
    }
    return data
  }
}
