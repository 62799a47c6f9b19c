import Files
import Foundation

/// Which images of the tables are in which split, and which images no table names.
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
    /// How many images are in no split.
    var outside = 0
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
            part.outside += 1
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
              part.outside += 1
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
    var byName: [String: [String]] = [:]
    for path in place.allFiles() where path.isImagePath {
      byName[path.lastPart, default: []].append(path)
      byName[path.lastPart.withoutExtension, default: []].append(path)
    }
    return labels.images.map { image in
      let found = byName[image.written.lastPart] ?? []
      let fitting = found.filter { $0 == image.written || $0.hasSuffix("/" + image.written) }
      if fitting.count == 1 { return fitting[0] }
      return found.count == 1 ? found[0] : image.written
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
        if part.outside > 0 {
          report.add(.disagreement, part.labels.file, "\(part.outside) images are in no split")
        }
      }
      images += (part.images[split] ?? []).map { (part.labels.file, $0) }
    }
    return (images, report)
  }

  /// The images of a split that no row names: those in its folder, or all where folders do not tell
  /// splits.
  ///
  /// - Returns: paths below the place, and a report of those that are in no split.
  func unlisted(
    _ split: String, in place: DatasetPlace, seed: UInt64
  ) -> (paths: [String], report: DatasetReport) {
    var report = DatasetReport()
    let paths = place.allFiles().filter(\.isImagePath)
    let folders = SplitFolders(paths)
    func folder(of path: String) -> String? {
      let parts = path.split(separator: "/").dropLast().map(String.init)
      return parts.first(where: names.contains) ?? folders.split(of: path)
    }
    let ofSplit = paths.filter { folder(of: $0) == split }
    if !ofSplit.isEmpty {
      let known = keys(parts.flatMap { $0.images[split] ?? [] })
      return (ofSplit.filter { !isKnown($0, known) }, report)
    }
    let known = keys(parts.flatMap(\.labels.images))
    let rest = paths.filter { !isKnown($0, known) && folder(of: $0) == nil }
    if names.count == 1 { return (rest, report) }
    if isSeeded { return (SeededSplit(rest, seed: seed)[split], report) }
    if split == first, !rest.isEmpty {
      report.add(
        .disagreement, place.path, "\(rest.count) images that no table names are in no split")
    }
    return ([], report)
  }

  private func keys(_ images: [CSVLabels.Image]) -> Set<String> {
    Set(images.map { Self.key($0.written) })
  }

  private func isKnown(_ path: String, _ keys: Set<String>) -> Bool {
    keys.contains(Self.key(path))
  }

  /// Without its ending: a picture whose kind was changed after labelling is not one that no row
  /// names.
  private static func key(_ path: String) -> String {
    let name = path.isImagePath ? path.lastPart.withoutExtension : path.lastPart
    return name.precomposedStringWithCanonicalMapping.lowercased()
  }
}
