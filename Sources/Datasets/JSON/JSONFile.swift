import Files
import Foundation

/// JSON files, read in one pass without a tree of values.
enum JSONFile {
  /// Calls `body` with a scanner before the text's only value, which `body` must read.
  ///
  /// The text may begin with a byte order mark and, with one, be UTF-16.
  ///
  /// - Parameter path: of the file, for its error.
  /// - Throws: ``FileError`` with key, reason, line and column.
  static func read<Value>(
    _ file: MappedFile, path: String,
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
      throw FileError(path: path, reason: error.explanation(in: text.bytes))
    }
  }

  private static func utf8(_ file: MappedFile, path: String) throws(FileError) -> MappedFile {
    let mark = Array(file.bytes.prefix(2))
    guard mark == [0xFF, 0xFE] || mark == [0xFE, 0xFF] else { return file }
    guard file.count % 2 == 0, let text = String(data: Data(file.bytes), encoding: .utf16) else {
      throw FileError(path: path, reason: "expected UTF-16 behind its byte order mark")
    }
    return MappedFile(Data(text.utf8))
  }
}
