import Files
import Foundation

/// The lists of images in `ImageSets/Main`, of one year.
///
/// Beside `train` the lists of a class are none of a split: `cat_train`, with −1, 0 or 1 behind
/// each name. Where nothing else says what is in a split, as in VoTT's exports, they do, together:
/// `cat_train` and `dog_train` are `train`, with all images that they name.
struct VOCLists: Sendable {
  /// What is in a split.
  struct List: Sendable {
    var files: [String]
    /// An image without the class of its list, −1, is a member.
    var hasOthers = false
  }

  /// The list of each split, by its name.
  private(set) var splits: [String: List] = [:]
  /// All images, where lists of classes name them and no split; nil where there are splits.
  private(set) var whole: List?

  /// All lists.
  var all: [List] { Array(splits.values) + (whole.map { [$0] } ?? []) }

  /// - Parameters:
  ///   - year: the folder of Annotations and ImageSets.
  ///   - place: the dataset.
  init(of year: String, _ place: DatasetPlace) {
    guard
      let folder = place.tree.find("ImageSets/Main", in: year)
        ?? place.tree.find("ImageSets", in: year),
      let names = place.tree.listing(folder)?.files.filter({ $0.fileExtension == "txt" })
    else { return }
    let stems = Set(names.map(\.withoutExtension))
    let annotations = place.tree.find("Annotations", in: year) ?? year
    var ofClasses: [(stem: String, split: String, file: String)] = []
    for name in names {
      let (stem, file) = (name.withoutExtension, "\(folder)/\(name)")
      let split = stem.lastIndex(of: "_").map { String(stem[$0...].dropFirst()) } ?? ""
      func isName(_ line: String) -> Bool {
        place.tree.find("\(line).xml", in: annotations) != nil
      }
      if SplitFolders.isUsual(stem) || !Self.isOfClass(file, isName: isName) {
        splits[stem] = List(files: [file])
      } else if !stems.contains(split) {
        ofClasses.append((stem, split, file))
      }
    }
    // `toy_train` beside `bus` is a class.
    if splits.isEmpty, !ofClasses.allSatisfy({ SplitFolders.isUsual($0.split) }) {
      whole = List(files: ofClasses.map(\.file), hasOthers: true)
      return
    }
    for (stem, split, file) in ofClasses {
      if SplitFolders.isUsual(split) {
        splits[split, default: List(files: [], hasOthers: true)].files.append(file)
      } else {
        splits[stem] = List(files: [file])
      }
    }
  }

  /// Whether −1, 0 or 1 stands behind each name of a list.
  ///
  /// - Parameter isName: says whether a whole line is a name: `photo 1`.
  private static func isOfClass(_ list: String, isName: (String) -> Bool) -> Bool {
    let lines = ((try? TextFile(list))?.lines ?? []).map {
      $0.trimmingCharacters(in: .whitespaces)
    }.filter { !$0.isEmpty }
    return !lines.isEmpty
      && lines.allSatisfy { line in
        let words = line.split(whereSeparator: \.isWhitespace)
        return words.count > 1 && ["-1", "0", "1"].contains(words[words.count - 1])
      } && !lines.prefix(20).contains(where: isName)
  }
}
