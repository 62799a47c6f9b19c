import Files
import Foundation
import Synchronization

/// JSON files as any system writes them: with a byte order mark or without, in UTF-8 or UTF-16.
package enum JSONFile {
  /// The bytes of a file in UTF-8, without a byte order mark.
  ///
  /// - Throws: `FileError` where it cannot be read or is no text.
  static func contents(_ path: String) throws(FileError) -> Data {
    try utf8(InputFile.contents(path), path: path)
  }

  private static func utf8(_ data: Data, path: String) throws(FileError) -> Data {
    let start = Array(data.prefix(3))
    if start == [0xEF, 0xBB, 0xBF] { return data.dropFirst(3) }
    return isUTF16(start) ? Data(try TextFile(data, path: path).text.utf8) : data
  }

  /// Reads a file as a value.
  ///
  /// Foundation's decoder is the faster one and needs less memory, but tells neither where a file
  /// is wrong nor what it found there. So a file that it does not understand, or a part of one, is
  /// decoded once more by ``JSONDocument``, which does.
  ///
  /// - Throws: `FileError` that names file, key, expected and found, line and column.
  static func decode<Value: Decodable>(
    _ type: Value.Type, _ path: String
  ) throws(FileError) -> Value {
    try decode(type, from: contents(path), path: path)
  }

  /// Reads the bytes of a file as a value, as ``decode(_:_:)`` does.
  ///
  /// - Parameters:
  ///   - type: of the value.
  ///   - data: the whole text, also in UTF-16.
  ///   - path: what errors call it.
  /// - Throws: `FileError` that names file, key, expected and found, line and column.
  static func decode<Value: Decodable>(
    _ type: Value.Type, from data: Data, path: String
  ) throws(FileError) -> Value {
    let data = try utf8(data, path: path)
    let parts = PartsNotUnderstood()
    let decoder = JSONDecoder()
    parts.listen(to: decoder)
    if let value = try? decoder.decode(type, from: data), parts.isEmpty { return value }
    return try JSONDocument.decode(type, from: data, path: path)
  }

  /// Nothing that JSON begins with in UTF-8 has a zero or UTF-16's mark there.
  private static func isUTF16(_ start: [UInt8]) -> Bool {
    let start = Array(start.prefix(2))
    return start.contains(0) || start == [0xFE, 0xFF] || start == [0xFF, 0xFE]
  }

  /// Reads a file in one pass, without a tree of values: calls `body` with a scanner before the
  /// text's only value, which `body` must read.
  ///
  /// - Parameters:
  ///   - path: of the file, for its error.
  ///   - firstLine: the number that the text's first line has in the file.
  /// - Throws: ``FileError`` with key, reason, line and column.
  package static func read<Value>(
    _ file: MappedFile, path: String, firstLine: Int = 1,
    _ body: (inout JSONScanner) throws(JSONProblem) -> Value
  ) throws(FileError) -> Value {
    let text = try utf8(file, path: path)
    defer { withExtendedLifetime(text) {} }
    var scanner = JSONScanner(text)
    do throws(JSONProblem) {
      let value = try body(&scanner)
      try scanner.end()
      return value
    } catch {
      throw FileError(path: path, reason: error.explanation(in: text.bytes, firstLine: firstLine))
    }
  }

  private static func utf8(_ file: MappedFile, path: String) throws(FileError) -> MappedFile {
    guard isUTF16(Array(file.bytes.prefix(2))) else { return file }
    return MappedFile(Data(try TextFile(Data(file.bytes), path: path).text.utf8))
  }
}

/// Takes note of parts of a file that are not understood, which do not take the others along.
final class PartsNotUnderstood: Sendable {
  private static let key = CodingUserInfoKey(rawValue: "parts not understood")
  private let count = Mutex(0)

  var isEmpty: Bool { count.withLock { $0 == 0 } }

  func listen(to decoder: JSONDecoder) {
    if let key = Self.key { decoder.userInfo[key] = self }
  }

  /// Notes a part, where somebody listens.
  static func note(_ decoder: any Decoder) {
    guard let key, let parts = decoder.userInfo[key] as? PartsNotUnderstood else { return }
    parts.count.withLock { $0 += 1 }
  }
}
