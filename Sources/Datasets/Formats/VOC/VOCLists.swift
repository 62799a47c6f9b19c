import Files
import Foundation

/// The lists of images in `ImageSets/Main`, of one year; where none are there, those called as
/// splits beside `Annotations`.
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
    let usual =
      place.tree.find("ImageSets/Main", in: year) ?? place.tree.find("ImageSets", in: year)
    var names = usual.map { Self.lists(in: $0, place) } ?? []
    let folder = names.isEmpty ? year : usual ?? year
    if names.isEmpty { names = Self.besideAnnotations(of: year, place) }
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

  private static func lists(in folder: String, _ place: DatasetPlace) -> [String] {
    (place.tree.listing(folder)?.files ?? []).filter { $0.fileExtension == "txt" }
  }

  /// The names of lists beside `Annotations` that are called as splits, and begin with an image.
  ///
  /// - Parameters:
  ///   - year: the folder of Annotations.
  ///   - place: the dataset.
  static func besideAnnotations(of year: String, _ place: DatasetPlace) -> [String] {
    guard let annotations = place.tree.find("Annotations", in: year) else { return [] }
    return lists(in: year, place).filter { list in
      guard SplitFolders.isUsual(list.withoutExtension),
        let line = TextFile.head(of: "\(year)/\(list)")?.lines.first(where: { !$0.isBlank })
      else { return false }
      func isThere(_ name: String) -> Bool {
        place.tree.find("\(name).xml", in: annotations) != nil
      }
      return name(in: line, isMember: true, isThere: isThere).map(isThere) ?? false
    }
  }

  /// The name in a line. Behind it may stand −1, 0 or 1: an image without the class of the list,
  /// with difficult ones, and with it. Or paths of the image and its annotation stand there, as
  /// PaddleDetection has them: `JPEGImages/a.jpg Annotations/a.xml`.
  ///
  /// - Parameters:
  ///   - isMember: says that an image without the class is one of the list's.
  ///   - isThere: says whether there is an image or annotation of a name.
  /// - Returns: nil for a line without a member.
  static func name(
    in line: String, isMember: Bool, isThere: (String) -> Bool
  ) -> String? {
    var name = line.trimmingCharacters(in: .whitespaces)
    if name.isEmpty { return nil }
    // Spaces around it may belong to the name.
    if name != line, isThere(line) { return line }
    if isThere(name) { return name }
    if let space = name.lastIndex(where: \.isWhitespace),
      ["-1", "0", "1"].contains(name[space...].dropFirst())
    {
      if name.hasSuffix("-1"), !isMember { return nil }
      name = name[..<space].trimmingCharacters(in: .whitespaces)
    }
    if name.fileExtension == "xml" {
      // Names may have spaces.
      let starts = name.indices.filter { name[$0].isWhitespace }.map { name.index(after: $0) }
      let paths = (starts.reversed() + [name.startIndex]).map { String(name[$0...]) }
      let ends = paths.map { end(of: $0.withoutExtension, isThere: isThere) }
      return ends.first(where: isThere) ?? ends[0]
    }
    // `a.jpg` may be the name of `a.jpg.png`.
    guard name.isImagePath, !isThere(name) else { return name }
    return end(of: name.withoutExtension, isThere: isThere)
  }

  /// The longest end of a path that is there, `cam1/a` of `JPEGImages/cam1/a`; its last part where
  /// none is.
  private static func end(of path: String, isThere: (String) -> Bool) -> String {
    let parts = path.split(separator: "/")
    return parts.indices.lazy.map { parts[$0...].joined(separator: "/") }.first(where: isThere)
      ?? path.lastPart
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
