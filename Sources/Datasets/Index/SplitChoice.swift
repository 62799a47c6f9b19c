import Files

/// Which images are in which split, where files or folders say it for each image; else a seed does.
struct SplitChoice: Sendable {
  /// The names of the splits, sorted.
  let names: [String]
  /// Whether a seed chose.
  let isSeeded: Bool
  /// The numbers of the images that are in none, although others are in one.
  let outsiders: [Int]
  private let members: [String: [Int]]

  /// - Parameters:
  ///   - splits: of each image; nil where nothing says it.
  ///   - seed: chooses four fifths as `train` and the rest as `test`, where no image has a split.
  init(_ splits: [String?], seed: UInt64) {
    var members: [String: [Int]] = [:]
    for (index, split) in splits.enumerated() {
      if let split { members[split, default: []].append(index) }
    }
    isSeeded = members.isEmpty && !splits.isEmpty
    outsiders = isSeeded ? [] : splits.indices.filter { splits[$0] == nil }
    if isSeeded {
      let seeded = SeededSplit(Array(splits.indices), seed: seed)
      members = ["train": seeded["train"], "test": seeded["test"]]
    }
    self.members = members
    names = members.keys.sorted()
  }

  /// - Parameter members: the numbers of the images of each split; an image may be in several.
  init(_ members: [String: [Int]]) {
    self.members = members
    names = members.keys.sorted()
    isSeeded = false
    outsiders = []
  }

  /// Counts the images that are in no split, and names the first.
  ///
  /// - Parameters:
  ///   - place: the dataset.
  ///   - name: of an image by its number.
  func reportOutside(
    of place: DatasetPlace, report: inout DatasetReport, name: (Int) -> String
  ) {
    guard let first = outsiders.first else { return }
    report.add(
      .disagreement, place.path,
      outsiders.count.counted("image|images in none of the splits,") + " \(name(first)) the first")
  }

  /// The numbers of a split's images, from 0, in order.
  subscript(split: String) -> [Int] { members[split] ?? [] }
}
