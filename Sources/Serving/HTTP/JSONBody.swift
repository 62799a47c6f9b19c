import Datasets
import Files
import Foundation

/// JSON that a client sends, read value by value: no tree of a million numbers is made.
enum JSONBody {
  /// Reads a body with a scanner.
  ///
  /// - Throws: ``Refusal``, which is `malformed`, with key, reason, line and column.
  static func read(
    _ body: Data, _ read: (inout JSONScanner) throws(JSONProblem) -> Void
  ) throws(Refusal) {
    do throws(FileError) {
      try JSONFile.read(MappedFile(body), path: "body", read)
    } catch {
      throw Refusal(.malformed, "JSON: \(error.reason)")
    }
  }
}

extension JSONScanner {
  /// Passes an object and calls `body` before the value of each key, which it must pass; a key that
  /// comes twice is an error.
  mutating func eachUniqueMember(
    _ body: (inout JSONScanner, String) throws(JSONProblem) -> Void
  ) throws(JSONProblem) {
    var known: Set<String> = []
    try eachMember { scanner, key throws(JSONProblem) in
      let name = try scanner.streamSafe(key)
      guard known.insert(name).inserted else {
        throw JSONProblem(offset: key.range.lowerBound, "expected the key once, found it again")
      }
      try body(&scanner, name)
    }
  }

  /// Passes a string and returns its characters.
  mutating func characters() throws(JSONProblem) -> String { try streamSafe(try string()) }

  /// The characters of a string that was passed.
  fileprivate func streamSafe(_ string: JSONString) throws(JSONProblem) -> String {
    let text = text(string)
    guard text.isStreamSafe else {
      throw JSONProblem(offset: string.range.lowerBound, "expected \(String.streamSafe)")
    }
    return text
  }

  /// Passes a whole number of a range.
  mutating func integer(_ range: ClosedRange<Int>) throws(JSONProblem) -> Int {
    _ = next()
    let number = try number()
    guard let value = integer(number), range.contains(value) else {
      throw JSONProblem(
        offset: number.range.lowerBound,
        "expected a whole number of \(range.lowerBound)…\(range.upperBound), found"
          + " \(excerpt(number.range.lowerBound))")
    }
    return value
  }

  /// Passes `true` or `false`.
  mutating func truth() throws(JSONProblem) -> Bool {
    let first = next()
    guard first == UInt8(ascii: "t") || first == UInt8(ascii: "f") else {
      throw JSONProblem(
        offset: position, "expected true or false, found \(excerpt(position))")
    }
    try skip()
    return first == UInt8(ascii: "t")
  }

  /// Passes a list of strings, of which nothing is kept behind a limit.
  mutating func strings(atMost limit: Int) throws(JSONProblem) -> [String] {
    var values: [String] = []
    try eachElement { scanner throws(JSONProblem) in
      try scanner.require(values.count < limit, "\(limit) texts at most")
      values.append(try scanner.characters())
    }
    return values
  }

  /// Before an element: ends the reading of a list that has more than it may.
  mutating func require(_ isMet: Bool, _ expected: String) throws(JSONProblem) {
    _ = next()
    guard isMet else {
      throw JSONProblem(offset: position, "expected \(expected), found more")
    }
  }
}
