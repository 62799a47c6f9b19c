import Foundation
import Testing

@testable import Datasets

/// The keys by which JSON files are told apart.
struct JSONOutlineTests {
  @Test func keysAreKeptByTheObjectsAroundThem() {
    let outline = JSONOutline(
      Data(#"[{"a\"b": "x, {\"no\": 1}", "c": [{"d": {"e": [1, "f"]}}]}, {"g": "\\"}]"#.utf8))
    #expect(outline.isList)
    #expect(outline.keys == [["a\\\"b", "c", "g"], ["d"], ["e"]])
  }

  @Test(arguments: ["", "[", "\"", "{\"a", "{\"a\\\"", "]]]}", "1", "{\"a\":}"])
  func brokenTextHasTheKeysUpToItsEnd(text: String) {
    let keys = JSONOutline(Data(text.utf8)).keys.first ?? []
    #expect(keys.count <= 1)
  }

  // Pictures in base64 may come before what tells the format.
  @Test func longTextsAreSkipped() {
    let long = String(repeating: "A", count: 1 << 20)
    let outline = JSONOutline(Data(#"{"imageData": "\#(long)", "shapes": []}"#.utf8))
    #expect(outline.has("shapes"))
  }
}
