import Files
import Foundation
import TestSupport
import Testing

@testable import Datasets

struct JSONScannerTests {
  private func message(_ text: String) -> String? { message(Data(text.utf8)) }

  private func message(_ data: Data) -> String? {
    do throws(FileError) {
      try JSONFile.read(MappedFile(data), path: "x") { scanner throws(JSONProblem) in
        try scanner.skip()
      }
      return nil
    } catch {
      return error.reason
    }
  }

  @Test(arguments: [
    "{}", "[]", " [ ] ", "0", "-0", "-1.5e+3", "1E5", "\"\"", "true", "false", "null", "\r\n\t 1 ",
    #"{"a":[1,{"b":null}],"c":"d"}"#, #""\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00""#, "\"é€😀\u{7F}\"",
    "[1 , 2]", "{ \"a\" : 1 }", "\u{FEFF}[1]", "\"\u{10FFFF}\u{D7FF}\u{E000}\"",
  ])
  func whatTheStandardAllowsIsPassed(text: String) {
    #expect(message(text) == nil)
  }

  @Test(arguments: [
    ("", "expected a value, found the end of the file (line 1, column 1)"),
    ("[1,]", "expected a value, found ] (line 1, column 4)"),
    ("[1 2]", "expected a comma or the end of the list, found 2 (line 1, column 4)"),
    ("[1", "expected a comma or the end of the list, found the end of the file (line 1, column 3)"),
    ("{\"a\":1,}", "expected a key in quotes, found } (line 1, column 8)"),
    ("{\"a\" 1}", "expected a colon, found 1 (line 1, column 6)"),
    ("{a:1}", "expected a key in quotes, found a (line 1, column 2)"),
    ("[1]\n\n x", "expected the end of the file, found x (line 3, column 2)"),
    ("[1]]", "expected the end of the file, found ] (line 1, column 4)"),
    ("{\"é\":\n  01}", "expected a value, found 01 (line 2, column 3)"),
    ("[\"é\", nul]", "expected a value, found nul (line 1, column 7)"),
    ("[NaN]", "expected a value, found NaN, which JSON lacks (line 1, column 2)"),
    ("[-Infinity]", "expected a value, found -Infinity, which JSON lacks (line 1, column 2)"),
    ("[1.]", "expected a value, found 1. (line 1, column 2)"),
    ("[.5]", "expected a value, found .5 (line 1, column 2)"),
    ("[+1]", "expected a value, found +1 (line 1, column 2)"),
    ("[1e]", "expected a value, found 1e (line 1, column 2)"),
    ("[-]", "expected a value, found - (line 1, column 2)"),
    ("['a']", "expected a value, found 'a' (line 1, column 2)"),
    ("[truth]", "expected a value, found truth (line 1, column 2)"),
    ("[true1]", "expected a comma or the end of the list, found 1 (line 1, column 6)"),
    ("\"a", "expected the end of a string, found that of the file (line 1, column 3)"),
    ("\"a\\", "expected an escape that JSON has, found another (line 1, column 3)"),
    ("\"\\x41\"", "expected an escape that JSON has, found another (line 1, column 2)"),
    ("\"\\u12g4\"", "expected four hexadecimal digits behind \\u (line 1, column 2)"),
    (
      "\"\\ud83d!\"",
      "expected both halves of a surrogate pair, found one alone (line 1, column 2)"
    ),
    (
      "\"\\ude00\\ud83d\"",
      "expected both halves of a surrogate pair, found one alone (line 1, column 2)"
    ),
    (
      "\"a\tb\"",
      "expected control characters in strings as escapes, found the byte 0x09 (line 1, column 3)"
    ),
    ("[\u{0B}1]", "expected a value, found the byte 0x0B (line 1, column 2)"),
  ])
  func mistakesAreNamedWithTheirPlace(text: String, expected: String) {
    #expect(message(text) == expected)
  }

  // Unicode 16, table 3-7: overlong forms, surrogates, beyond the last plane, parts of characters.
  @Test(
    arguments: [
      [0xC0, 0xAF], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
      [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x80], [0xC3], [0xE2, 0x82],
      [0xF0, 0x9F, 0x98], [0xFF], [0xE2, 0x28, 0xA1],
    ] as [[UInt8]])
  func bytesThatAreNoCharacterAreRefused(bytes: [UInt8]) {
    for padding in 0..<9 {
      let text = [UInt8](repeating: 0x61, count: padding) + bytes + [0x61, 0x61]
      let found = message(Data([0x22] + text + [0x22]))
      #expect(found?.hasPrefix("expected UTF-8, found the byte 0x") == true, "\(found ?? "nil")")
      #expect(found?.hasSuffix("(line 1, column \(padding + 2))") == true, "\(found ?? "nil")")
    }
  }

  @Test func nestingEndsAtItsLimit() {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(message(nested(512)) == nil)
    #expect(message("[" + nested(511) + "," + nested(511) + "]") == nil)
    #expect(
      message(nested(514))
        == "expected 512 levels of nesting at most, found more (line 1, column 513)")
    let objects = String(repeating: "{\"a\":", count: 600) + "1"
    #expect(message(objects)?.hasPrefix("expected 512 levels of nesting at most") == true)
  }

  @Test(arguments: [true, false]) func utf16IsReadByItsByteOrderMark(isBig: Bool) throws {
    let text = #"{"a": ["é😀"]}"#
    let mark: [UInt8] = isBig ? [0xFE, 0xFF] : [0xFF, 0xFE]
    let body = try #require(text.data(using: isBig ? .utf16BigEndian : .utf16LittleEndian))
    #expect(message(Data(mark) + body) == nil)
    #expect(message(Data(mark) + body.dropLast())?.contains("UTF-16") == true)
  }

  @Test(arguments: [
    (#""plain""#, "plain"), (#""a\u0041\n\"\\\/""#, "aA\n\"\\/"),
    (#""\ud83d\ude00é\u00e9""#, "😀éé"),
    (#""\u0000x""#, "\0x"), (#""\b\f\r\t""#, "\u{8}\u{C}\r\t"), ("\"\"", ""),
  ])
  func escapesBecomeCharacters(text: String, expected: String) throws {
    let found = try JSONFile.read(MappedFile(Data(text.utf8)), path: "x") {
      scanner throws(JSONProblem) in
      scanner.text(try scanner.string())
    }
    #expect(found == expected)
  }

  @Test func keysAreComparedByTheirCharacters() throws {
    let text = #"{"score":1,"\u0073core":2,"scorf":3,"scor":4,"scores":5}"#
    var found: [Double] = []
    try JSONFile.read(MappedFile(Data(text.utf8)), path: "x") { scanner throws(JSONProblem) in
      try scanner.eachMember { scanner, key throws(JSONProblem) in
        if scanner.is(key, "score") {
          found.append(try scanner.double())
        } else {
          try scanner.skip()
        }
      }
    }
    #expect(found == [1, 2])
  }
}
