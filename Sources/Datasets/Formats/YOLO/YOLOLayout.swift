import Files
import Foundation
import ImageFiles

/// Which images and classes a YOLO dataset has, in any of its forms.
///
/// | form | classes | splits |
/// | --- | --- | --- |
/// | `data.yaml` | `names` | its keys: folders, or lists of images |
/// | Darknet's `obj.data` | the file that `names` names | `train`, `valid`: lists of images |
/// | `classes.txt`, `*.names`, `_darknet.labels`, Label Studio's `notes.json` | the file nearest to the labels | folders, lists called `train.txt`, or a seed |
///
/// Where there are labels alone, the images are those of the folder that the user names, each with
/// the label file of its name; what says no split otherwise, the folders of the labels say.
struct YOLOLayout: Sendable {
  /// The names of classes, and the files that say so.
  let classes: YOLOClasses
  /// The folder that paths of images are relative to.
  let base: String
  /// For each split its images.
  let images: [String: [Image]]
  /// Numbers behind the box of a row, for key points.
  let keyPointNumbers: Int
  /// Why a seed chooses the splits; nil where files say it.
  let seededSplit: String?
  /// What was found on the way.
  let report: DatasetReport
  /// Images that are in none of the splits, although others are in the folder of one; told.
  private(set) var outsiders: [Image] = []
  /// The images that lie elsewhere, and their label files; nil where the place has images.
  private(set) var elsewhere: YOLOImagesElsewhere?

  struct Image: Sendable, Hashable {
    /// The file, found or not.
    let path: String
    let isThere: Bool
    /// Of one that a list names and that is not there.
    var missing: Missing?
  }

  struct Missing: Sendable, Hashable {
    /// The path as the list has it.
    let written: String
    /// The list and the line.
    let place: String
    /// The label file that the image would have; nil without one.
    let label: String?
  }

  /// Reads what is there; nil where nothing says that it is YOLO's.
  ///
  /// - Parameters:
  ///   - place: the dataset.
  ///   - options: the seed of the splits of a place without any, the folder of the images.
  /// - Throws: `FileError` naming the file; ``DatasetError/missing(path:expected:)`` for labels
  ///   without images.
  init?(_ place: DatasetPlace, options: ReadingOptions) throws {
    let elsewhere = YOLOImagesElsewhere(place, imageFolder: options.imageFolder)
    let read: YOLOLayout
    if let file = YOLODescription.file(in: place) {
      read = try YOLOLayout(place, description: file, elsewhere, seed: options.splitSeed)
    } else if let file = Self.darknetFile(in: place) {
      read = try YOLOLayout(place, darknet: file, elsewhere, seed: options.splitSeed)
    } else {
      let files = YOLOClasses.files(in: place)
      guard !files.isEmpty else { return nil }
      read = try YOLOLayout(place, classes: files, elsewhere, seed: options.splitSeed)
    }
    self = read
    self.elsewhere = elsewhere
    let isEmpty = !images.values.contains { $0.contains(where: \.isThere) }
    if isEmpty, elsewhere == nil, !Self.labelFiles(of: place).isEmpty {
      // Says what is missing where labels lie there alone.
      _ = try PairedText.images(of: place, options)
    }
  }

  /// The file that describes a place, `data.yaml` or `obj.data`; nil without one.
  static func description(in place: DatasetPlace) -> String? {
    YOLODescription.file(in: place) ?? darknetFile(in: place)
  }

  // MARK: data.yaml

  private init(
    _ place: DatasetPlace, description file: String, _ elsewhere: YOLOImagesElsewhere?,
    seed: UInt64
  ) throws {
    let description = try YOLODescription(contentsOf: file)
    let others = place.file == nil ? YOLODescription.files(in: place).filter { $0 != file } : []
    classes = YOLOClasses(
      YOLOClasses.List(file: file, names: description.classNames),
      besides: others.compactMap { other in
        (try? YOLODescription(contentsOf: other)).map { .init(file: other, names: $0.classNames) }
      }, in: place)
    keyPointNumbers = description.keyPointNumbers
    let folder = file.parentFolder
    let base =
      description.path.flatMap { Self.resolved($0, in: folder, of: folder, place) } ?? folder
    self.base = base
    var report = classes.report
    for reason in description.disagreements { report.add(.disagreement, file, reason) }
    var images: [String: [Image]] = [:]
    var missing: [String: String] = [:]
    for (split, paths) in description.splits.sorted(by: { $0.key < $1.key }) {
      var found: [Image] = []
      for written in paths {
        guard
          let source = elsewhere.flatMap({
            Self.resolved(written, in: $0.folder, of: $0.folder, place)
          }) ?? Self.resolved(written, in: base, of: folder, place)
        else {
          // Values of other keys need not be paths.
          if SplitFolders.isUsual(split) || Self.isSource(written, of: split) {
            missing[split] = written
          }
          continue
        }
        found += try Self.images(in: source, base: base, place, elsewhere)
      }
      if !found.isEmpty
        || paths.isEmpty == false && missing[split] == nil
          && YOLODescription.usualSplits.contains(split)
      {
        images[split] = found
      }
    }
    if let elsewhere, !images.values.contains(where: { $0.contains(where: \.isThere) }) {
      // Its paths are of the folder that the images lay in.
      (self.images, outsiders, seededSplit) = elsewhere.divided(of: place, seed: seed, &report)
    } else {
      for (split, written) in missing.sorted(by: { $0.key < $1.key }) {
        report.add(.missingSplit, file, "\(split): no such folder or list of images: \(written)")
      }
      self.images = images
      seededSplit = nil
    }
    self.report = report
  }

  /// Says whether key and value look like a split and its images: `minival: c/images`, and not
  /// `trainer: me` or `docs: https://…`.
  private static func isSource(_ written: String, of key: String) -> Bool {
    !SplitFolders.words(in: key).isEmpty && written.contains("/") && !written.contains("://")
  }

  /// A path as it is written, else its last parts: some tools write `../train/images` and mean
  /// `train/images`, and a description moves from one machine to another.
  private static func resolved(
    _ written: String, in base: String, of folder: String, _ place: DatasetPlace
  ) -> String? {
    let path = written.withSlashes
    if path.hasPrefix("/"), let found = place.tree.find(path, in: "/") { return found }
    var parts = path.split(separator: "/").map(String.init).filter { $0 != "." }
    if !path.hasPrefix("/"), let found = place.tree.find(path, in: base),
      (try? InputFile.isThere(found)) ?? false
    {
      return found
    }
    while !parts.isEmpty {
      let dropped = parts.removeFirst()
      // `test/images` that is gone is not the `images` of all splits.
      if SplitFolders.isUsual(dropped), !parts.contains(where: { SplitFolders.isUsual($0) }) {
        return nil
      }
      if parts.first == ".." || parts.isEmpty { continue }
      for start in [base, folder] {
        if let found = place.tree.find(parts.joined(separator: "/"), in: start) { return found }
      }
    }
    return nil
  }

  // MARK: Darknet

  private static func darknetFile(in place: DatasetPlace) -> String? {
    if let file = place.file { return file.fileExtension == "data" ? file : nil }
    return
      (place.files(["data"]).map { "\(place.folder)/\($0)" }
      + place.files(in: "data", ["data"]).map { "\(place.folder)/data/\($0)" }).first
  }

  private init(
    _ place: DatasetPlace, darknet file: String, _ elsewhere: YOLOImagesElsewhere?, seed: UInt64
  ) throws {
    var values: [String: String] = [:]
    var repeated: [String] = []
    for (index, line) in try TextFile(file).lines.enumerated() {
      let line = line.trimmingCharacters(in: .whitespaces)
      if line.isEmpty || line.hasPrefix("#") { continue }
      let pair = line.split(separator: "=", maxSplits: 1).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      guard pair.count == 2 else {
        throw FileError(
          path: file, reason: "line \(index + 1): expected key = value, found \(line)")
      }
      if let first = values.updateValue(pair[1], forKey: pair[0]), first != pair[1] {
        repeated.append("line \(index + 1): \(pair[0]) a second time; \(pair[1]) counts")
      }
    }
    let folder = file.parentFolder
    base = folder
    keyPointNumbers = 0
    guard let names = values["names"] else {
      throw FileError(path: file, reason: "names: missing")
    }
    guard let nameFile = Self.resolved(names, in: folder, of: place.folder, place) else {
      throw FileError(path: file, reason: "names: no such file: \(names)")
    }
    let list = try YOLOClasses.List(contentsOf: nameFile)
    classes = YOLOClasses(list, in: place)
    var report = classes.report
    for reason in repeated { report.add(.disagreement, file, reason) }
    if let count = values["classes"], Int(count) != list.names.count {
      report.add(
        .disagreement, file, "classes is \(count), but \(nameFile) has \(list.names.count) names")
    }
    var images: [String: [Image]] = [:]
    // Darknet's own word is valid.
    for (key, split) in [("train", "train"), ("valid", "val"), ("val", "val"), ("test", "test")] {
      guard let written = values[key], images[split] == nil else { continue }
      guard let source = Self.resolved(written, in: folder, of: place.folder, place) else {
        report.add(.missingSplit, file, "\(key): no such list of images: \(written)")
        continue
      }
      images[split] = try Self.images(in: source, base: folder, place, elsewhere)
    }
    if let elsewhere, !images.values.contains(where: { $0.contains(where: \.isThere) }) {
      (self.images, outsiders, seededSplit) = elsewhere.divided(of: place, seed: seed, &report)
    } else {
      self.images = images
      seededSplit = nil
    }
    self.report = report
  }

  // MARK: a list of classes

  private init(
    _ place: DatasetPlace, classes files: [String], _ elsewhere: YOLOImagesElsewhere?,
    seed: UInt64
  ) throws {
    base = place.folder
    keyPointNumbers = 0
    classes = try YOLOClasses(files, in: place)
    var report = classes.report
    let lists = ["train", "val", "valid", "test", "trainval"].compactMap { split in
      place.find("\(split).txt").map { (split, $0) }
    }
    if !lists.isEmpty {
      var images: [String: [Image]] = [:]
      for (split, list) in lists {
        images[split] = try Self.images(in: list, base: place.folder, place, elsewhere)
      }
      self.images = images
      seededSplit = nil
    } else if let elsewhere {
      (images, outsiders, seededSplit) = elsewhere.divided(of: place, seed: seed, &report)
    } else {
      let all = Self.withoutOtherPictures(place.allFiles().filter(\.isImagePath), of: place)
      (images, outsiders, seededSplit) = Self.divided(
        all, below: place.folder, SplitFolders(all).split, of: place, seed: seed, &report)
    }
    self.report = report
  }

  /// Images without those that lie beside folders called `images` with labels, and have none: masks
  /// or depths are no images without objects.
  private static func withoutOtherPictures(_ all: [String], of place: DatasetPlace) -> [String] {
    func isOfImages(_ path: String) -> Bool {
      path.split(separator: "/").dropLast().contains { $0.lowercased() == "images" }
    }
    func isLabeled(_ path: String) -> Bool {
      labelFile(of: "\(place.folder)/\(path)", below: [place.folder], place.tree) != nil
    }
    let others = all.filter { !isOfImages($0) && !isLabeled($0) }
    guard !others.isEmpty, all.contains(where: { isOfImages($0) && isLabeled($0) }) else {
      return all
    }
    let left = Set(others)
    return all.filter { !left.contains($0) }
  }

  /// Divides images by their folders, else by a seed.
  ///
  /// - Parameters:
  ///   - all: paths below a folder.
  ///   - folder: that one.
  ///   - split: of a path; nil where nothing says it.
  static func divided(
    _ all: [String], below folder: String, _ split: (String) -> String?, of place: DatasetPlace,
    seed: UInt64, _ report: inout DatasetReport
  ) -> (images: [String: [Image]], outsiders: [Image], seeded: String?) {
    func image(_ path: String) -> Image { Image(path: "\(folder)/\(path)", isThere: true) }
    let splits = all.map(split)
    guard splits.contains(where: { $0 != nil }) else {
      let split = SeededSplit(all, seed: seed)
      return (
        ["train": split["train"].map(image), "test": split["test"].map(image)], [],
        "no folder or list is called train, val or test"
      )
    }
    let chosen = SplitChoice(splits, seed: seed)
    chosen.reportOutside(of: place, report: &report) { all[$0] }
    return (
      Dictionary(
        uniqueKeysWithValues: chosen.names.map { split in
          (split, chosen[split].map { image(all[$0]) })
        }), chosen.outsiders.map { image(all[$0]) }, nil
    )
  }

  // MARK: images

  /// The images of a folder by name, or those that a list names in its order.
  private static func images(
    in source: String, base: String, _ place: DatasetPlace, _ elsewhere: YOLOImagesElsewhere?
  ) throws -> [Image] {
    if FolderListing.isFolder(source) {
      // A description from elsewhere would have all of the disk listed.
      guard FileIdentity(source) != FileIdentity("/") else {
        throw FileError(
          path: base, reason: "expected a folder of images, found the root of all: \(source)")
      }
      return place.tree.files(below: source).filter(\.isImagePath).map {
        Image(path: "\(source)/\($0)", isThere: true)
      }
    }
    let folder = source.parentFolder
    func found(_ written: String) -> String? {
      elsewhere.flatMap { resolved(written, in: $0.folder, of: $0.folder, place) }
        ?? resolved(written, in: folder, of: base, place)
    }
    return try TextFile(source).lines.enumerated().compactMap { index, line in
      let written = line.trimmingCharacters(in: .whitespaces)
      guard !written.isEmpty else { return nil }
      if let path = found(written) { return Image(path: path, isThere: true) }
      let path = written.hasPrefix("./") ? String(written.dropFirst(2)) : written
      return Image(
        path: path.hasPrefix("/") ? path : "\(folder)/\(path)", isThere: false,
        missing: Missing(
          written: written, place: "line \(index + 1) of \(source)",
          label: labelNames(ofMissing: written).lazy.compactMap(found).first))
    }
  }

  /// The paths that a list would write for the label file of an image, the better one first.
  private static func labelNames(ofMissing written: String) -> [String] {
    let beside = written.replacing("\\", with: "/").withoutExtension + ".txt"
    let below = "/" + beside
    guard let range = below.range(of: "/images/", options: [.backwards, .caseInsensitive]) else {
      return [beside]
    }
    return [String(below.replacingCharacters(in: range, with: "/labels/").dropFirst()), beside]
  }
}
