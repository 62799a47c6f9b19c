import Foundation

/// Text as any system writes it: a byte order mark, UTF-8 or UTF-16, lines that end in LF, CR LF
/// or CR.
public struct TextFile: Hashable, Sendable {
  /// The lines without their ends; an end of the file's last line begins no other.
  public let lines: [String]

  /// Reads a file.
  ///
  /// - Parameter path: of a text file.
  /// - Throws: ``FileError`` where it cannot be read or is no text, with the line.
  public init(_ path: String) throws(FileError) {
    try self.init(InputFile.contents(path), path: path)
  }

  /// Decodes the bytes of a file.
  ///
  /// - Parameters:
  ///   - data: the whole file.
  ///   - path: what errors call it.
  /// - Throws: ``FileError`` naming the line that is no text.
  public init(_ data: Data, path: String) throws(FileError) {
    if let encoding = Self.encodingOfUTF16(data) {
      // Foundation leaves out half a character at the end.
      guard data.count.isMultiple(of: 2), let text = String(data: data, encoding: encoding) else {
        throw FileError(path: path, reason: "not text: it begins as UTF-16 and is none")
      }
      lines = try Self.lines(of: Data(text.utf8), path: path)
    } else {
      lines = try Self.lines(of: data, path: path)
    }
  }

  /// The text with LF between its lines.
  public var text: String { lines.joined(separator: "\n") }

  /// UTF-16 has a mark, or a zero in every second byte of the plain letters that a file begins
  /// with.
  private static func encodingOfUTF16(_ data: Data) -> String.Encoding? {
    let start = Array(data.prefix(4))
    guard start.count >= 2 else { return nil }
    if start[0] == 0xFF && start[1] == 0xFE || start[0] == 0xFE && start[1] == 0xFF {
      return .utf16
    }
    guard start.count == 4 else { return nil }
    if start[0] != 0, start[1] == 0, start[2] != 0, start[3] == 0 { return .utf16LittleEndian }
    if start[0] == 0, start[1] != 0, start[2] == 0, start[3] != 0 { return .utf16BigEndian }
    return nil
  }

  private static func lines(of data: Data, path: String) throws(FileError) -> [String] {
    var result: [String] = []
    let failed = data.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) -> Int? in
      var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
      var position = start
      while position <= bytes.count {
        let isEnd = position == bytes.count
        if isEnd && start == position { break }
        if isEnd || bytes[position] == 10 || bytes[position] == 13 {
          let line = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
          guard let text = String(validating: line, as: UTF8.self), !line.contains(0) else {
            return result.count + 1
          }
          result.append(text)
          if !isEnd, bytes[position] == 13, position + 1 < bytes.count, bytes[position + 1] == 10 {
            position += 1
          }
          start = position + 1
        }
        position += 1
      }
      return nil
    }
    if let failed { throw FileError(path: path, reason: "line \(failed): not UTF-8 text") }
    return result
  }
}
