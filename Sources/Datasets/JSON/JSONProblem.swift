/// A place in a JSON text that is not what its reader expects.
package struct JSONProblem: Error {
  /// Keys and indices down to the value: `annotations[17].bbox`; empty for the text as a whole.
  private(set) var path: String
  /// The byte that the value begins with, or that is wrong in it; nil for what is not there.
  let offset: Int?
  /// Expected and found.
  let reason: String

  package init(path: String = "", offset: Int?, _ reason: String) {
    self.path = path
    self.offset = offset
    self.reason = reason
  }

  /// The same problem, seen from the object that has `key`.
  func inside(_ key: String) -> JSONProblem {
    let separator = path.isEmpty || path.hasPrefix("[") ? "" : "."
    var problem = self
    problem.path = key + separator + path
    return problem
  }

  /// The same problem, seen from the list that has `index`.
  func inside(_ index: Int) -> JSONProblem { inside("[\(index)]") }

  /// One line: path, reason, and where `text` has it. Columns of characters are 1-based.
  ///
  /// - Parameters:
  ///   - text: the whole text.
  ///   - firstLine: the number that its first line has.
  func explanation(in text: UnsafeRawBufferPointer, firstLine: Int = 1) -> String {
    let sentence = path.isEmpty ? reason : "\(path): \(reason)"
    guard let offset else { return sentence }
    let before = text[..<min(offset, text.count)]
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let line = before.count { $0 == UInt8(ascii: "\n") } + firstLine
    // Of a character of several bytes the first counts.
    let column = before[start...].count { $0 & 0xC0 != 0x80 } + 1
    return "\(sentence) (line \(line), column \(column))"
  }
}
