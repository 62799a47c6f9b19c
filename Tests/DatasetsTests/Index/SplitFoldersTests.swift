import Testing

@testable import Datasets

/// What the name of a split, or of a folder or file of one, says.
struct SplitFoldersTests {
  // Names that splits have, with their words and the only one of these.
  private static let usual: [(name: String, words: [String], plain: String?)] = [
    ("train", ["train"], "train"), ("Train2017", ["train"], "train"),
    ("training", ["train"], "train"), ("val", ["val"], "val"), ("valid", ["val"], "val"),
    ("validation", ["val"], "val"), ("minival2014", ["val"], "val"), ("eval", ["val"], "val"),
    ("test_dev", ["test"], "test"), ("testing", ["test"], "test"),
    ("trainval", ["train", "val"], nil), ("val_test", ["val", "test"], nil), ("dev", [], nil),
  ]

  @Test(arguments: usual)
  func usualNamesHaveWords(name: String, words: [String], plain: String?) {
    #expect(SplitFolders.isUsual(name))
    #expect(SplitFolders.words(in: name) == words)
    #expect(SplitFolders.plain(name) == plain)
  }

  // Words in other names say nothing by themselves.
  private static let others: [(name: String, words: [String])] = [
    ("via_train", ["train"]), ("trainer", ["train"]), ("valley", ["val"]), ("latest", ["test"]),
    ("minimal", []), ("mini", []), ("a", []), ("", []),
  ]

  @Test(arguments: others)
  func otherNamesAreNotUsual(name: String, words: [String]) {
    #expect(!SplitFolders.isUsual(name))
    #expect(SplitFolders.words(in: name) == words)
    #expect(SplitFolders.plain(name) == nil)
  }

  private static let stems: [(stem: String, split: String?)] = [
    ("minival", "minival"), ("via_minival", "minival"), ("minitrain-labels", "minitrain"),
    ("minimal", nil),
  ]

  @Test(arguments: stems)
  func aSmallPartIsASplit(stem: String, split: String?) {
    #expect(LabelEntries.split(ofName: stem) == split)
  }
}
