import Foundation
import MultiBox

/// Folders that say which split an image is in: `train/a.jpg`, `images/val/a.jpg`,
/// `test/images/a.jpg`.
struct SplitFolders {
  /// The names of the splits, sorted; empty where no folder is called like one.
  let names: [String]
  private let known: Set<String>

  /// - Parameter paths: of images below one folder.
  init(_ paths: [String]) {
    let found = Set(paths.lazy.compactMap(Self.candidate))
    // A folder of another name is a split only beside one that is surely one.
    known = found.contains(where: Self.isUsual) ? found : []
    names = known.sorted()
  }

  /// Whether no folder says what a split is.
  var isEmpty: Bool { names.isEmpty }

  /// The split of a path; nil where its folders are none.
  func split(of path: String) -> String? {
    guard let candidate = Self.candidate(path), known.contains(candidate) else { return nil }
    return candidate
  }

  /// Those of some splits that are not found again where each is a folder of its name.
  static func lost(of splits: [String]) -> [String] {
    let paths = splits.map { "\($0)/image" }
    let folders = SplitFolders(paths)
    return zip(splits, paths).filter { folders.split(of: $1) != $0 }.map(\.0)
  }

  /// Folders that hold images or labels of every split.
  static let neutral: Set = [
    "images", "image", "jpegimages", "img", "imgs", "data", "photos", "frames", "annotations",
    "annotation", "labels", "label", "xml", "xmls", "ann", "anns",
  ]

  private static func candidate(_ path: String) -> String? {
    let folders = path.split(separator: "/").dropLast().map(String.init)
    return folders.first(where: isUsual)
      ?? folders.first { !neutral.contains($0.lowercased()) }
  }

  /// Those of `train`, `val` and `test` that the name of a split has in it, in this order:
  /// `train2017`, `validation` and `minival` one each, `trainval` two.
  static func words(in name: String) -> [String] {
    let name = name.lowercased()
    return ["train", "val", "test"].filter(name.contains)
  }

  /// The word of a name that is usual and has one; nil for others.
  static func plain(_ name: String) -> String? {
    guard isUsual(name) else { return nil }
    let words = words(in: name)
    return words.count == 1 ? words[0] : nil
  }

  /// Says whether a name is one that splits have: `train`, `val2017`, `test_dev`, `minival`.
  static func isUsual(_ name: String) -> Bool {
    var name = name.lowercased()
    if name.hasPrefix("mini") { name.removeFirst(4) }
    return ["train", "val", "test", "dev", "eval"].contains { usual in
      guard name.hasPrefix(usual) else { return false }
      let rest = name.dropFirst(usual.count)
      return rest.first.map { !$0.isLetter } ?? true
    } || ["valid", "validation", "trainval", "training", "testing", "evaluation"].contains(name)
  }
}

/// A seeded choice of four fifths as `train` and the rest as `test`.
struct SeededSplit<Member: Sendable>: Sendable {
  private let parts: [String: [Member]]

  /// - Parameters:
  ///   - all: what is chosen from, in an order that does not change.
  ///   - seed: makes the choice.
  init(_ all: [Member], seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let shuffled = all.indices.shuffled(using: &generator)
    let count = max(all.count * 4 / 5, min(all.count, 1))
    parts = [
      "train": shuffled.prefix(count).sorted().map { all[$0] },
      "test": shuffled.dropFirst(count).sorted().map { all[$0] },
    ]
  }

  subscript(split: String) -> [Member] { parts[split] ?? [] }
}
