import Files
import Foundation
import ImageFiles

/// Which texts are label files of YOLO's, and which of them an image has.
extension YOLOLayout {
  /// The text files of labels below a place.
  static func labelFiles(of place: DatasetPlace) -> [String] {
    place.allFiles().filter {
      $0.fileExtension == "txt" && !isOtherText($0.lastPart.lowercased())
    }
  }

  /// The texts that may be labels: those that have the name of an image, or all of a place without
  /// images.
  static func possibleLabels(of place: DatasetPlace) -> [String] {
    place.allFiles().contains(where: \.isImagePath)
      ? TextLabels.files(of: place) : labelFiles(of: place).map { "\(place.folder)/\($0)" }
  }

  /// Says whether any of some texts has a row of YOLO's, or all of them are empty; not without a
  /// text. Some of many are looked at, some lines of each: one that is damaged does not speak for
  /// the others.
  static func holdsRows(_ files: [String]) -> Bool {
    var isEmpty = !files.isEmpty
    for index in stride(from: 0, to: files.count, by: max(1, files.count / 50)) {
      guard let lines = try? TextFile(files[index]).lines else { continue }
      let written = lines.lazy.map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { !$0.isEmpty }.prefix(20)
      if written.contains(where: YOLOLabels.isPlausible) { return true }
      if !written.isEmpty { isEmpty = false }
    }
    return isEmpty
  }

  /// Whether a text file is known to hold something else than labels.
  static func isOtherText(_ name: String) -> Bool {
    YOLOClasses.fileNames.contains(name) || name.hasPrefix("readme") || name.hasPrefix("license")
      || ["train.txt", "val.txt", "valid.txt", "test.txt", "trainval.txt"].contains(name)
  }

  /// The label file of an image: in the folder `labels` for its folder `images`, else beside it;
  /// nil where there is none.
  ///
  /// - Parameters:
  ///   - image: its path.
  ///   - folders: the dataset's, below which folders called `images` count.
  ///   - tree: lists folders.
  static func labelFile(
    of image: String, below folders: [String], _ tree: FolderTree
  ) -> String? {
    let stem = image.withoutExtension
    let roots = folders.filter { stem.hasPrefix($0 + "/") }
    // Lists may spell a path below the dataset in another way, and name images elsewhere.
    let absolute = roots.isEmpty ? stem.absolutePath : stem
    let all = roots.isEmpty ? folders.map(\.absolutePath) : roots
    let having = all.filter { absolute.hasPrefix($0 + "/") }
    for root in having.isEmpty ? [""] : having {
      let below = String(absolute.dropFirst(root.count))
      // The last folder of the name, as YOLO's own loaders do it.
      if let range = below.range(of: "/images/", options: [.backwards, .caseInsensitive]),
        let found = tree.find(
          below.replacingCharacters(in: range, with: "/labels/") + ".txt",
          in: root.isEmpty ? "/" : root)
      {
        return found
      }
    }
    return labelFile(beside: image, tree)
  }

  /// The text beside an image that has its name; nil where there is none.
  static func labelFile(beside image: String, _ tree: FolderTree) -> String? {
    tree.find(image.withoutExtension.lastPart + ".txt", in: image.parentFolder)
  }
}
