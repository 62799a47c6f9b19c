import Foundation

/// COCO's annotation files in a place, and the splits that they are of.
///
/// | files | split |
/// | --- | --- |
/// | `annotations/instances_SPLIT.json`, `annotations/SPLIT.json`, `SPLIT.json` | SPLIT |
/// | `SPLIT/_annotations.coco.json` | SPLIT |
/// | `SPLIT/annotations.json`, `annotations/SPLIT/any.json` | SPLIT |
/// | `lvis_v1_SPLIT.json`, another name that ends in a split's | SPLIT, where no other is called so |
/// | one file of another name, with images in folders `SPLIT` | SPLIT |
/// | one file of another name | by a seed |
/// | several files of other names | their names |
/// | several of the same pictures, as one for each class: `car.json`, `truck.json` | as one file |
/// | the same with splits: `car_train.json`, `truck_train.json`, `train/car.json` | SPLIT |
/// | a JSON file given instead of a folder | its name |
struct COCOFiles: Sendable {
  /// The files of each split, more than one where they are of the same pictures.
  private(set) var splits: [String: [String]] = [:]
  /// The only file, or all that are of the same pictures, where their images say what is in which
  /// split, or a seed does.
  private(set) var whole: [String] = []

  /// JSON files where COCO's may lie that look like none, as paths below the place.
  private(set) var passedOver: [String] = []

  var isEmpty: Bool { splits.isEmpty && whole.isEmpty }

  /// A file that the user names.
  init(file: String) {
    let name = Self.split(named: file)
    splits = [Self.lastWord(of: name) ?? name: [file]]
  }

  /// Looks for files.
  init(_ place: DatasetPlace) {
    if let file = place.file {
      if file.fileExtension == "json", Self.looksLikeInstances(file) {
        splits = [Self.split(named: file): [file]]
      }
      return
    }
    let all = place.allFiles()
    let candidates = all.filter { path in
      // COCO's folder holds other tasks of the same images, too.
      path.fileExtension == "json" && !Self.others.contains(where: path.lastPart.hasPrefix)
    }
    func instances(_ paths: [String]) -> [String] {
      paths.filter { Self.looksLikeInstances("\(place.folder)/\($0)") }
    }
    var looked = candidates.filter(Self.isAtUsualPlace)
    var found = instances(looked)
    // Elsewhere, as in a folder of old ones, they do not speak against other labels.
    if found.isEmpty, !all.contains(where: { Self.otherLabels.contains($0.fileExtension) }) {
      found = instances(candidates.filter { !Self.isAtUsualPlace($0) })
      looked = candidates
    }
    let files = Set(found)
    passedOver = looked.filter { !files.contains($0) }
    if let only = found.first, found.count == 1, !Self.saysSplit(only) {
      whole = ["\(place.folder)/\(only)"]
      return
    }
    for (split, files) in Dictionary(grouping: found, by: Self.split(of:)) {
      for (name, file) in Self.told(files, of: split) { splits[name] = ["\(place.folder)/\(file)"] }
    }
  }

  /// Joins files whose names are those of no split, and which are of the same pictures.
  ///
  /// - Parameters:
  ///   - place: the dataset.
  ///   - areSame: groups files, given with the split whose folders their images are looked for in.
  func joined(
    of place: DatasetPlace, _ areSame: ([(file: String, split: String)]) -> [[String]]
  ) -> COCOFiles {
    var joined = self
    let candidates = splits.filter { LabelEntries.split(ofName: $0.key) != $0.key }
      .sorted { $0.key < $1.key }
      .flatMap { split, files in files.map { (file: $0, split: split) } }
    let words = Dictionary(grouping: candidates) { Self.word(of: $0.file, in: place) ?? "" }
    for (word, candidates) in words.sorted(by: { $0.key < $1.key }) where candidates.count > 1 {
      for group in areSame(candidates) where group.count > 1 {
        if word.isEmpty, group.count == splits.count {
          joined.splits = [:]
          joined.whole = group
          return joined
        }
        joined.splits = joined.splits.filter { !group.contains($0.value[0]) }
        let names = group.map(Self.split(named:))
        let listed =
          names.count > 4 ? "\(names[0])+\(names.count - 1)" : names.joined(separator: "+")
        let isFree = !word.isEmpty && joined.splits[word] == nil
        joined.splits[isFree ? word : listed.asFileName] = group
      }
    }
    return joined
  }

  /// The files with names as `lvis_v1_train` shortened to the split in them, where one file alone
  /// has it.
  func shortened() -> COCOFiles {
    var shortened = self
    let words = splits.keys.compactMap(Self.lastWord)
    for (name, files) in splits {
      guard let word = Self.lastWord(of: name), splits[word] == nil,
        words.count(where: { $0 == word }) == 1
      else { continue }
      shortened.splits[name] = nil
      shortened.splits[word] = files
    }
    return shortened
  }

  /// The split that a longer name ends in: `train` of `lvis_v1_train`; nil for one that is a
  /// split's itself.
  private static func lastWord(of name: String) -> String? {
    SplitFolders.isUsual(name) ? nil : LabelEntries.split(ofName: name)
  }

  /// The split that a folder or a word of a file's name says.
  private static func word(of file: String, in place: DatasetPlace) -> String? {
    let isBelow = file.hasPrefix(place.folder + "/")
    let path = isBelow ? String(file.dropFirst(place.folder.count + 1)) : file.lastPart
    return splitFolder(path) ?? LabelEntries.split(ofName: split(named: path))
  }

  private static let others = [
    "captions_", "person_keypoints_", "panoptic_", "image_info_", "stuff_",
  ]
  private static let otherLabels: Set = ["xml", "csv", "tsv", "tfrecord", "record"]
  private static let roboflow = "_annotations.coco.json"

  /// Whether all folders of a path are those of splits, images or labels.
  private static func isAtUsualPlace(_ path: String) -> Bool {
    let folders = path.split(separator: "/").dropLast().map(String.init)
    if path.lastPart == roboflow, folders.count == 1 { return true }
    return folders.allSatisfy {
      SplitFolders.isUsual($0) || SplitFolders.neutral.contains($0.lowercased())
    }
  }

  /// Other JSON files may lie in the same folder; annotations name their keys early or late, so the
  /// whole text is searched, unless the name tells: COCO's own files are of hundreds of megabytes.
  private static func looksLikeInstances(_ file: String) -> Bool {
    if file.lastPart.hasPrefix("instances_") { return true }
    guard let data = try? JSONFile.contents(file) else { return false }
    return data.range(of: Data("\"annotations\"".utf8)) != nil
      && data.range(of: Data("\"categories\"".utf8)) != nil
  }

  /// The name without its ending, and what COCO has before the split.
  static func split(named file: String) -> String {
    let stem = file.lastPart.withoutExtension
    return stem.hasPrefix("instances_") ? String(stem.dropFirst("instances_".count)) : stem
  }

  private static func splitFolder(_ path: String) -> String? {
    let folders = path.split(separator: "/").dropLast().map(String.init)
    return path.lastPart == roboflow ? folders.last : folders.first(where: SplitFolders.isUsual)
  }

  /// A name of a split, then a folder, then any name.
  private static func split(of path: String) -> String {
    let named = split(named: path)
    return SplitFolders.isUsual(named) ? named : splitFolder(path) ?? named
  }

  private static func saysSplit(_ path: String) -> Bool {
    let name = split(named: path)
    return path.lastPart.hasPrefix("instances_") || SplitFolders.isUsual(name)
      || lastWord(of: name) != nil || splitFolder(path) != nil
  }

  /// A name for each file of a split. Of several one keeps the split's, the nearest; those beside
  /// each other, `train.json` and `instances_train.json`, have their own names.
  private static func told(
    _ files: [String], of split: String
  ) -> [(name: String, file: String)] {
    if files.count == 1 { return [(split, files[0])] }
    let own = files.filter { Self.split(named: $0) == split || $0.lastPart == roboflow }
    let stems = files.map(\.lastPart.withoutExtension)
    if own.count == files.count, Set(files.map(\.parentFolder)).count == 1 {
      return Array(zip(stems, files))
    }
    let nearest = own.min { a, b in
      func place(_ path: String) -> (Int, Int, String) {
        let folders = path.split(separator: "/").dropLast()
        return (folders.first?.lowercased() == "annotations" ? 0 : 1, -folders.count, path)
      }
      return place(a) < place(b)
    }
    return files.map { file in
      (file == nearest ? split : file.withoutExtension.asFileName, file)
    }
  }

  /// What a JSON file of a place lacks of COCO's; nil where none looks like one.
  static func nearest(of place: DatasetPlace) -> String? {
    for file in JSONLabels.files(of: place).prefix(64) {
      guard let outline = place.outlines["\(place.folder)/\(file)"] else { continue }
      let keys = ["images", "annotations", "categories"]
      let expected = "\(file): expected an object with images, annotations and categories, found"
      if outline.isList {
        let isOfResults = ["image_id", "category_id", "bbox"].allSatisfy { outline.has($0) }
        if isOfResults { return "\(expected) a list of results" }
        continue
      }
      let missing = keys.filter { !outline.has($0) }
      if missing.count == 1 { return "\(expected) no \(missing[0])" }
      if missing.isEmpty { return "\(file) is of another task: name the file to read its boxes" }
    }
    return nil
  }
}
