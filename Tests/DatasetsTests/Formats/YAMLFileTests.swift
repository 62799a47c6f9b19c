import Files
import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Descriptions of YOLO datasets that are wrong, or made to keep a reader busy.
struct YAMLFileTests {
  private func read(_ text: String) throws -> YOLODescription {
    try withFolder { folder in
      let path = folder + "/data.yaml"
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      return try YOLODescription(contentsOf: path)
    }
  }

  private func reason(_ text: String) throws -> String {
    try #require(#expect(throws: FileError.self) { try read(text) }).reason
  }

  private static func bomb(_ level: (Int) -> String, last: String) -> String {
    "names: [a]\na0: &a0 {x: 1}\n"
      + (1..<30).map { "a\($0): &a\($0) \(level($0 - 1))\n" }.joined() + last
  }

  // 700 bytes that stand for 2³⁰ values, as values, as a key and as a map to be joined.
  @Test(arguments: [
    bomb({ "[*a\($0), *a\($0)]" }, last: "m: *a29\n"),
    bomb({ "[*a\($0),*a\($0)]" }, last: "m:\n  ? *a29\n  : 1\n"),
    bomb({ "{<<: [*a\($0), *a\($0)]}" }, last: "<<: *a29\n"),
  ])
  func aliasesOfAliasesAreRefused(text: String) throws {
    let found = try reason(text)
    #expect(found.hasPrefix("expected aliases that cannot make more than 20000000 bytes of "))
  }

  @Test func aliasesAndJoinedMapsAreRead() throws {
    let found = try read(
      """
      both: &both {train: images/train, val: &place images/val}
      <<: *both
      test: *place
      names: [a, b]
      train: images/more
      """)
    #expect(
      found.splits == [
        "train": ["images/more"], "val": ["images/val"], "test": ["images/val"],
      ])
  }

  // A list that is one name for many is small, however often it stands there.
  @Test func oneAnchorMayBeUsedOften() throws {
    let names = String(repeating: "  - *x\n", count: 500)
    let found = try read("one: &x person\nnames:\n\(names)")
    #expect(found.classNames == [String](repeating: "person", count: 500))
  }

  // Where each name is compared with each, it takes an hour.
  @Test(.timeLimit(.minutes(20))) func aMapOfManyNamesIsReadInTimeThatGrowsWithIt() throws {
    let count = 100_000
    let names = (0..<count).map { "  \($0): class \($0)\n" }.joined()
    let found = try read("train: images/train\nnames:\n\(names)")
    #expect(found.classNames.count == count && found.classNames[99_999] == "class 99999")
  }

  @Test(arguments: [
    ("train: a\n", "names: missing"),
    (
      "names: 3\n",
      "names: expected a list, or a map from numbers to names, found 3 (line 1, column 8)"
    ),
    ("names: []\n", "names: expected one or more, found none"),
    ("names: [a, [b]]\n", "names: expected a list of names, found a list (line 1, column 12)"),
    (
      "names: {0: a, 2: b}\n",
      "names: expected each of the numbers 0…1 once, found 2 (line 1, column 15)"
    ),
    (
      "names: {0: a, x: b}\n",
      "names: expected each of the numbers 0…1 once, found x (line 1, column 15)"
    ),
    ("names: {0: a, 1: {}}\n", "names.1: expected a name, found a map (line 1, column 18)"),
    ("names: [a]\nnc: two\n", "nc: expected a whole number, found two (line 2, column 5)"),
    (
      "names: [a]\ntrain: {a: b}\n",
      "train: expected a path, or a list of paths, found a map (line 2, column 8)"
    ),
    (
      "names: [a]\nkpt_shape: 3\n",
      "kpt_shape: expected a list of whole numbers, found 3 (line 2, column 12)"
    ),
    ("names: [a]\npath: [b]\n", "path: expected a folder, found a list (line 2, column 7)"),
    ("- a\n", "expected keys and values, found none"),
    ("names: [a\n", "not YAML: "),
    ("names: [a]\nnames: [b]\n", "not YAML: names stands twice (line "),
    ("names: *x\n", "not YAML: found undefined alias (line 1, column 8)"),
  ])
  func aMistakeHasItsPlace(text: String, message: String) throws {
    let found = try reason(text)
    #expect(found.hasPrefix(message), "\(found)")
    #expect(!found.contains("\n"))
  }

  @Test func valuesThatAreLeftEmptyAreNone() throws {
    let found = try read("path:\ntrain: images\ntest: ~\nval: null\nnc:\nnames:\n  0: a\n  1: b\n")
    #expect(found.path == nil && found.splits == ["train": ["images"]])
    #expect(found.classNames == ["a", "b"] && found.disagreements.isEmpty)
  }

  @Test func deepNestingIsNoCrash() throws {
    let deep = String(repeating: "[", count: 50_000)
    #expect(try reason("names: \(deep)").hasPrefix("not YAML: "))
  }
}
