import Files
import Foundation

/// Which images of the tables are in which split.
struct CSVSplits {
  /// The names, sorted.
  let names: [String]
  /// Says whether a seed chooses.
  private(set) var isSeeded = false

  private var parts: [Part] = []
  /// The split that says what concerns a table as a whole.
  private let first: String?

  /// A table and its images by split.
  private struct Part {
    let labels: CSVLabels
    var images: [String: [CSVLabels.Image]] = [:]
    /// Those that are in no split.
    var outsiders: [CSVLabels.Image] = []
  }

  /// Looks at the names of files, at a column, at the images' folders, in this order.
  ///
  /// - Throws: `FileError` for a table that cannot be read.
  init(_ files: CSVFiles, of place: DatasetPlace, seed: UInt64) throws {
    var names: Set<String> = []
    for table in files.tables {
      let labels = try files.labels(table)
      var part = Part(labels: labels)
      if labels.images.contains(where: { $0.split != nil }) {
        for image in labels.images {
          guard let split = image.split else {
            part.outsiders.append(image)
            continue
          }
          part.images[split, default: []].append(image)
        }
      } else if let split = files.splits[table.file] {
        part.images[split] = labels.images
      } else {
        let paths = Self.paths(of: labels, in: place)
        let folders = SplitFolders(paths)
        if folders.isEmpty {
          isSeeded = true
          let parts = SeededSplit(labels.images.map(\.written), seed: seed)
          let training = Set(parts["train"])
          part.images = ["train": [], "test": []]
          for image in labels.images {
            let split = training.contains(image.written) ? "train" : "test"
            part.images[split, default: []].append(image)
          }
        } else {
          for (image, path) in zip(labels.images, paths) {
            guard let split = folders.split(of: path) else {
              part.outsiders.append(image)
              continue
            }
            part.images[split, default: []].append(image)
          }
        }
      }
      names.formUnion(part.images.keys)
      parts.append(part)
    }
    self.names = names.sorted()
    first = names.contains("train") ? "train" : self.names.first
  }

  /// The paths below the dataset as far as names tell, else as the rows have them.
  private static func paths(of labels: CSVLabels, in place: DatasetPlace) -> [String] {
    // By each end of a path: many folders may hold images of one name.
    var byEnd: [Substring: Int] = [:]
    let paths = place.allFiles().filter(\.isImagePath)
    for (index, path) in paths.enumerated() {
      for path in [path, path.withoutExtension] {
        var end = path[...]
        while true {
          // −1 stands for several.
          byEnd[end] = byEnd[end] == nil ? index : -1
          guard let slash = end.firstIndex(of: "/") else { break }
          end = end[end.index(after: slash)...]
        }
      }
    }
    return labels.images.map { image in
      for end in [image.written, image.written.lastPart] {
        if let index = byEnd[end[...]], index >= 0 { return paths[index] }
      }
      return image.written
    }
  }

  /// The images of a split with the path of their table, and what concerns them together.
  func images(
    of split: String
  ) -> (images: [(table: String, image: CSVLabels.Image)], report: DatasetReport) {
    var report = DatasetReport()
    var images: [(String, CSVLabels.Image)] = []
    for part in parts {
      let isAlone = part.images.count == 1
      if isAlone ? part.images[split] != nil : split == first {
        report.add(part.labels.report)
        if let first = part.outsiders.first {
          report.add(
            .disagreement, part.labels.file,
            "\(part.outsiders.count) images in none of the splits, \(first.written) the first")
        }
      }
      images += (part.images[split] ?? []).map { (part.labels.file, $0) }
    }
    return (images, report)
  }

  /// The images that are in no split, with the path of their table.
  var outsiders: [(table: String, image: CSVLabels.Image)] {
    parts.flatMap { part in part.outsiders.map { (part.labels.file, $0) } }
  }
}
