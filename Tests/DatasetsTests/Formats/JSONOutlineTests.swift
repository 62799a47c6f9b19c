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

  @Test(arguments: [
    ("{\"a\": [1, {}]}\n", false), ("{}\n{}\n", false), ("", false), ("{\"a\": [1, {}", true),
    ("[", true), ("{\"a", true), ("{\"a\": {}", true),
  ])
  func aFileThatIsCutOffIsKnown(text: String, isCut: Bool) {
    #expect(JSONOutline(Data(text.utf8)).isCut == isCut)
  }

  // The end of a file is not looked at, but for its last letter.
  @Test func aLongFileThatIsCutOffIsKnown() {
    let long = "[" + String(repeating: "[1],", count: 1 << 17)
    #expect(JSONOutline(Data((long + "[1").utf8)).isCut)
    #expect(!JSONOutline(Data((long + "[1]]\n").utf8)).isCut)
  }

  // Pictures in base64 may come before what tells the format.
  @Test func longTextsAreSkipped() {
    let long = String(repeating: "A", count: 1 << 20)
    let outline = JSONOutline(Data(#"{"imageData": "\#(long)", "shapes": []}"#.utf8))
    #expect(outline.has("shapes"))
  }
}
