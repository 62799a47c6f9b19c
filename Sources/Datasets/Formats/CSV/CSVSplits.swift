import Files
import Foundation

/// Which images of the tables are in which split.
struct CSVSplits {
  /// The names, sorted.
  private(set) var names: [String] = []
  /// Says whether a seed chooses.
  private(set) var isSeeded = false
  private var images: [String: [CSVPicture]] = [:]
  /// The tables and the splits that have images of them.
  private var tables: [(labels: CSVLabels, splits: Set<String>)] = []
  /// The images that are in no split.
  private(set) var outsiders: [CSVPicture] = []
  /// The split that says what concerns a table as a whole.
  private var first: String?

  /// Looks at a column, at the names of files, at the images' folders, in this order.
  ///
  /// - Throws: `FileError` for a table that cannot be read.
  init(_ files: CSVFiles, of place: DatasetPlace, seed: UInt64) throws {
    let paths = CSVPicturePaths(place)
    var unsplit: [CSVPicture] = []
    for table in files.tables {
      let labels = try files.labels(table)
      let pictures = labels.images.map { CSVPicture($0, of: table.file, paths) }
      var splits: Set<String> = []
      if labels.images.contains(where: { $0.split != nil }) {
        for picture in pictures {
          guard let split = picture.image.split else {
            outsiders.append(picture)
            continue
          }
          images[split, default: []].append(picture)
          splits.insert(split)
        }
      } else if let split = files.splits[table.file] {
        images[split, default: []] += pictures
        splits = [split]
      } else {
        unsplit += pictures
      }
      tables.append((labels, splits))
    }
    if tables.contains(where: { $0.splits.isEmpty }) { divide(unsplit, seed: seed) }
    images = images.mapValues(CSVPicture.joined)
    names = images.keys.sorted()
    first = images["train"] != nil ? "train" : names.first
  }

  /// Tables that say no split are divided together: one picture may be in several.
  private mutating func divide(_ pictures: [CSVPicture], seed: UInt64) {
    let joined = CSVPicture.joined(pictures)
    let folders = SplitFolders(joined.map(\.path))
    if folders.isEmpty {
      isSeeded = true
      let parts = SeededSplit(joined, seed: seed)
      for split in ["train", "test"] { images[split, default: []] += parts[split] }
    } else {
      for picture in joined {
        guard let split = folders.split(of: picture.path) else {
          outsiders.append(picture)
          continue
        }
        images[split, default: []].append(picture)
      }
    }
  }

  /// The images of a split with the path of their table, and what concerns them together.
  func images(of split: String) -> (images: [CSVPicture], report: DatasetReport) {
    var report = DatasetReport()
    for table in tables where table.splits == [split] || table.splits.count != 1 && split == first {
      report.add(table.labels.report)
      let left = outsiders.filter { $0.table == table.labels.file }
      if let first = left.first {
        report.add(
          .disagreement, table.labels.file,
          left.count.counted("image|images in none of the splits,")
            + " \(first.image.written) the first")
      }
    }
    return (images[split] ?? [], report)
  }
}
