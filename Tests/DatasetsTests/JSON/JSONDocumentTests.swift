import Detectors
import Files
import Foundation
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// The place of what is wrong in JSON that is decoded as a whole.
struct JSONDocumentTests {
  private struct Sample: Decodable, Hashable {
    struct Part: Decodable, Hashable {
      let rows: Int
      let scale: Float?
    }
    let seed: UInt64
    let rate: Double
    let name: String?
    let parts: [Part]
    let names: [String: Int8]
    let isFast: Bool
  }

  private func decode(_ text: String) throws -> Sample {
    try JSONDocument.decode(Sample.self, from: Data(text.utf8), path: "a.json")
  }

  private static let whole = """
    {"seed": 18446744073709551615, "rate": 1e-3, "name": null,
     "parts": [{"rows": 1.0, "scale": 0.5}, {"rows": -9223372036854775808}],
     "names": {"\\u00e4": -128}, "isFast": true}
    """

  @Test func everyKindOfValueIsReadAsFoundationReadsIt() throws {
    let expected = try JSONDecoder().decode(Sample.self, from: Data(Self.whole.utf8))
    #expect(try decode(Self.whole) == expected)
    #expect(expected.seed == .max && expected.parts[1].rows == .min && expected.names["ä"] == -128)
  }

  // What stands in the sample, what is put there, and the error.
  @Test(arguments: [
    (
      "18446744073709551615", "-1",
      "seed: expected a whole number of 0 to 18446744073709551615, found -1 (line 1, column 10)"
    ),
    (
      "18446744073709551615", "18446744073709551616",
      "seed: expected a whole number of 0 to 18446744073709551615, found 18446744073709551616"
        + " (line 1, column 10)"
    ),
    (
      "-9223372036854775808", "9223372036854775808",
      "parts[1].rows: expected a whole number of -9223372036854775808 to 9223372036854775807,"
        + " found 9223372036854775808 (line 2, column 50)"
    ),
    (
      "1.0,", "1.5,",
      "parts[0].rows: expected a whole number of -9223372036854775808 to 9223372036854775807,"
        + " found 1.5 (line 2, column 21)"
    ),
    (
      "1e-3", "NaN",
      "rate: expected a value, found NaN, which JSON lacks (line 1, column 40)"
    ),
    (
      "1e-3", "1e999",
      "rate: expected a number of at most 1.8e308, found 1e999 (line 1, column 40)"
    ),
    (
      "0.5", "1e39",
      "parts[0].scale: expected a number of at most 3.4e38, found 1e39 (line 2, column 35)"
    ),
    (
      "0.5", "\"x\"",
      "parts[0].scale: expected a number, found \"x\" (line 2, column 35)"
    ),
    (
      "-128", "128",
      "names.ä: expected a whole number of -128 to 127, found 128 (line 3, column 22)"
    ),
    ("\"isFast\": true", "\"isfast\": true", "isFast: missing (line 1, column 1)"),
    ("true", "1", "isFast: expected true or false, found 1 (line 3, column 39)"),
    ("true", "tru", "isFast: expected a value, found tru (line 3, column 39)"),
    ("{\"rows\": -", "{\"scale\": 1, \"scale\": -", "parts[1].scale: stands twice"),
    ("true}", "true} x", "expected the end of the file, found x (line 3, column 45)"),
  ])
  func everyErrorTellsItsPlace(old: String, new: String, message: String) throws {
    let text = Self.whole.replacing(old, with: new, maxReplacements: 1)
    try #require(text != Self.whole)
    let error = #expect(throws: FileError.self) { try decode(text) }
    #expect(error?.path == "a.json")
    #expect(error?.reason.hasPrefix(message) == true, "\(error?.reason ?? "")")
  }

  @Test func aCheckOfTheWholeTellsThePlaceOfItsKey() throws {
    let error = #expect(throws: FileError.self) {
      try JSONDocument.decode(
        Sample.self, from: Data(Self.whole.utf8), path: "a.json"
      ) { _ throws(JSONDocument.Problem) in
        throw JSONDocument.Problem(key: "parts[1].rows", reason: "expected more")
      }
    }
    #expect(error?.reason == "parts[1].rows: expected more (line 2, column 50)")
  }

  @Test func defaultBoxesTellThePlaceWithinThem() throws {
    let text = """
      {"imageWidthInPixels": 320, "imageHeightInPixels": 320,
       "featureMaps": [{"rows": 9223372036854775807, "columns": 3,
       "shapes": [{"width": 1, "height": 1}]}]}
      """
    let error = #expect(throws: FileError.self) {
      try JSONDocument.decode(DefaultBoxSpecification.self, from: Data(text.utf8), path: "a.json")
    }
    let reason = error?.reason ?? ""
    #expect(reason.hasPrefix("featureMaps[0]: expected rows · columns · shapes of all maps"))
    #expect(reason.hasSuffix("found 9223372036854775807 · 3 · 1 (line 2, column 18)"), "\(reason)")
  }

  // 512 levels, and not one more: a deeper text would use up the stack.
  @Test func nestingHasALimit() {
    for depth in [513, 100_000] {
      let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      let error = #expect(throws: FileError.self) { try decode(text) }
      #expect(error?.reason.contains("512 levels of nesting") == true, "\(error?.reason ?? "")")
    }
  }

  // Every description that the package knows, read by both.
  @Test(arguments: KnownDescription.allCases)
  func descriptionsAreReadAsFoundationReadsThem(known: KnownDescription) throws {
    let json = Data(try known.description.json().utf8)
    let expected = try JSONDecoder().decode(DetectorDescription.self, from: json)
    #expect(try DetectorDescription(json: json, path: "a.json") == expected)
  }

  @Test(arguments: [
    (#""maximumDetections":4420"#, #""maximumDetections":0"#, "thresholds.maximumDetections"),
    (
      #""candidatesPerClass":"#, #""candidatesPerClass":9223372036854775807,"x":"#,
      "thresholds.candidatesPerClass: expected 1…16777216, found 9223372036854775807"
    ),
    (#""width":320"#, #""width":0"#, "input.width, height: expected 1…16384, found 0, 240"),
    (#""version":2"#, #""version":3"#, "version: expected 2, found 3"),
  ])
  func aNumberOfADescriptionHasItsPlace(old: String, new: String, message: String) throws {
    let text = try KnownDescription.ultraface.description.json()
    let json = text.replacing(old, with: new)
    try #require(json != text)
    let error = #expect(throws: FileError.self) {
      try DetectorDescription(json: Data(json.utf8), path: "a.json")
    }
    let reason = error?.reason ?? ""
    #expect(reason.hasPrefix(message) && reason.contains("(line 1, column "), "\(reason)")
  }

  @Test(arguments: [Int.min, Int.max, 1 << 25])
  func theNumberOfTheFirstClassHasARange(number: Int) throws {
    var description = try KnownDescription.ultraface.description
    description.outputs = .rows(DetectorDescription.Rows(.init("rows"), firstClass: number))
    let json = Data(try description.json().utf8)
    let error = #expect(throws: FileError.self) {
      try DetectorDescription(json: json, path: "a.json")
    }
    #expect(
      error?.reason.hasPrefix("outputs.firstClass: expected −2²⁴…2²⁴, found \(number)") == true)
  }
}
