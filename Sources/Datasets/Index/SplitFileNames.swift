import Files
import Foundation

/// The splits of label files that hold many images each: `train.csv`, `train_labels.csv`,
/// `annotations_train.csv`, `train/_annotations.csv`, `train.record-00000-of-00010`.
struct SplitFileNames {
  /// The split of each file; a file that nothing says it of is not in it.
  let splits: [String: String]

  /// - Parameters:
  ///   - files: paths of label files.
  ///   - place: the dataset; nil looks at the files' names alone.
  init(_ files: [String], of place: DatasetPlace? = nil) {
    let stems = Dictionary(files.map { ($0, Self.stem(of: $0)) }, uniquingKeysWith: { $1 })
    var result: [String: String] = [:]
    for file in files { result[file] = Self.split(of: file, stem: stems[file] ?? "", in: place) }
    // A file of another name is a split only beside one that is surely one, as of folders.
    if !result.isEmpty {
      for file in files where result[file] == nil { result[file] = stems[file] }
    }
    splits = result
  }

  private static func split(of file: String, stem: String, in place: DatasetPlace?) -> String? {
    let words = stem.split(whereSeparator: { "_-. ".contains($0) }).map(String.init)
    let word = words.first(where: SplitFolders.isUsual)
    // Whole names, as `train` and `train_2017`, before a folder; a folder before a word of a name.
    if let word, stem.hasPrefix(word), !stem.dropFirst(word.count).contains(where: \.isLetter) {
      return stem
    }
    guard let place else { return word }
    let hasFolder = ["", "images/"].contains {
      !stem.isEmpty && !SplitFolders.neutral.contains(stem.lowercased())
        && place.find($0 + stem).map(FolderListing.isFolder) == true
    }
    if hasFolder { return stem }
    guard place.file == nil, file.hasPrefix(place.folder + "/") else { return word }
    let folders = file.dropFirst(place.folder.count + 1).split(separator: "/").dropLast()
    return folders.map(String.init).first(where: SplitFolders.isUsual) ?? word
  }

  /// What follows the split in names of files, or comes before it.
  private static let additions = [
    "annotations-bbox", "annotations", "annotation", "labels", "label", "bbox", "boxes",
  ]

  /// The name of a file without its ending, its number among others and words for what is in it.
  private static func stem(of file: String) -> String {
    var stem = file.lastPart
    // `-00000-of-00010`, before or behind the ending.
    stem.replace(/-[0-9]+-of-[0-9]+/, with: "")
    stem = stem.withoutExtension
    for addition in additions {
      let lower = stem.lowercased()
      if ["_", "-", "."].contains(where: { lower.hasSuffix($0 + addition) }) {
        stem = String(stem.dropLast(addition.count + 1))
      } else if ["_", "-", "."].contains(where: { lower.hasPrefix(addition + $0) }) {
        stem = String(stem.dropFirst(addition.count + 1))
      }
    }
    return stem.isEmpty ? file.lastPart.withoutExtension : stem
  }
}
