import Files
import Foundation

/// The images that label files name, and which split each is in.
///
/// Folders of the label files say it, then their names (`train.json`, `via_val.json`), then the
/// folders of the images; where none does, a seed chooses. What several files say of one picture in
/// one split is joined.
struct LabelEntries: Sendable {
  /// An image of a label file.
  struct Entry: Sendable {
    /// The label file, as a path below the dataset.
    var labelFile: String
    /// The picture as the label file has it.
    var picture: String
    /// Other names that the picture may have.
    var others: [String] = []
    /// Folders that it is looked for in, besides that of the label file.
    var folders: [String] = []
    /// Its path, where it is known already.
    var path: String?
    /// The reason why there are no labels, not even that nothing is there.
    var gap: String?
    /// Reads the annotation, or reports why not.
    var read: @Sendable (inout DatasetReport) throws -> AnnotatedImage?
  }

  /// The names of the splits, sorted.
  let splits: [String]
  /// The reason why a seed decides; nil where the files say it.
  let seededSplit: String?
  private let place: DatasetPlace
  /// The entries of each picture, more than one where several files have it.
  private let entries: [String: [[Entry]]]
  /// Entries without labels of splits that have some.
  private let gaps: [String: [Entry]]
  /// Entries that are in no split.
  private let outsiders: [Entry]
  private let labelFiles: Set<String>
  /// Label files of no known layout that hold nothing, or are cut off.
  let unread: [DatasetProblem]

  /// - Parameters:
  ///   - entries: in the order of the files.
  ///   - place: the dataset.
  ///   - options: the seed chooses splits where nothing says them.
  ///   - holdsOne: whether a label file is of one image, so that its name says no split, and a
  ///     second one of a picture is a mistake.
  init(
    _ entries: [Entry], of place: DatasetPlace, options: ReadingOptions, holdsOne: Bool = false
  ) {
    self.place = place
    let finder = ImageFinder(place, imageFolder: options.imageFolder)
    func pictures(_ entries: [Entry]) -> (labelled: [[Entry]], gaps: [Entry]) {
      let groups =
        holdsOne
        ? entries.map { [$0] }
        : SamePictures(entries.map { $0.image(below: place.folder) }, finder: finder).groups.map {
          $0.map { entries[$0] }
        }
      // What nobody labelled in one file somebody may have in another.
      let labelled = groups.map { $0.filter { $0.gap == nil } }.filter { !$0.isEmpty }
      // A split without any label is one of images alone.
      return labelled.isEmpty
        ? (groups, [])
        : (labelled, groups.filter { $0.allSatisfy { $0.gap != nil } }.flatMap(\.self))
    }
    unread = holdsOne ? [] : JSONLabels.unread(JSONLabels.files(of: place), of: place)
    labelFiles = Set(entries.lazy.filter { $0.gap == nil }.map(\.labelFile))
    var paths = entries.map(\.labelFile)
    if let file = place.file {
      // A name from the working folder has its name too.
      let folder = file.absolutePath.parentFolder.lastPart
      paths = paths.map { "\(folder)/\($0)" }
    }
    if !holdsOne { paths = Self.withSplitsOfNames(paths) }
    if SplitFolders(paths).isEmpty { paths = Self.withoutSharedRoot(entries.map(\.picture)) }
    let folders = SplitFolders(paths)
    let isSplitFolder = entries.allSatisfy { Self.isOfItsFolder($0.labelFile) }
    guard folders.isEmpty, entries.isEmpty || !isSplitFolder else {
      let splits = zip(paths, entries).map {
        isSplitFolder ? $1.labelFile.parentFolder.lastPart : folders.split(of: $0)
      }
      self.splits = Set(splits.compactMap(\.self)).sorted()
      let ofSplits = Dictionary(
        grouping: zip(splits, entries).filter { $0.0 != nil }, by: { $0.0 ?? "" }
      ).mapValues { $0.map(\.1) }
      let ofPictures = ofSplits.mapValues(pictures)
      self.entries = ofPictures.mapValues(\.labelled)
      gaps = ofPictures.mapValues(\.gaps)
      outsiders = zip(splits, entries).filter { $0.0 == nil }.map(\.1)
      seededSplit = nil
      return
    }
    splits = entries.isEmpty ? [] : ["test", "train"]
    let all = pictures(entries)
    let seeded = SeededSplit(all.labelled, seed: options.splitSeed)
    self.entries = Dictionary(uniqueKeysWithValues: splits.map { ($0, seeded[$0]) })
    gaps = ["train": all.gaps]
    outsiders = []
    seededSplit = "no folder or label file is called train, val or test"
  }

  /// Says whether a label file is one of those that Roboflow writes into the folder of each split,
  /// whatever that is called.
  private static func isOfItsFolder(_ path: String) -> Bool {
    path.contains("/") && path.lastPart.hasPrefix("_annotations.")
  }

  /// Opens a split.
  func content(of split: String, report: inout DatasetReport) -> SplitContent {
    if let first = outsiders.first {
      report.add(
        .disagreement, place.path,
        outsiders.count.counted("image|images in none of the splits,")
          + " \(first.picture) the first")
    }
    let others = OtherLabels(place, besides: labelFiles)
    for entry in gaps[split] ?? [] {
      let gap = entry.gap ?? ""
      report.add(
        .unlistedImage, entry.path ?? "\(place.folder)/\(entry.labelFile)",
        entry.path.map { others.reason(of: $0, gap) } ?? gap)
    }
    let chosen = entries[split] ?? []
    return SplitContent(imageCount: chosen.count) { index, report in
      let images = try chosen[index].map { try $0.read(&report) }
      return AnnotatedImage.joined(images, report: &report)
    }
  }

  /// The images of a split, and those that are in none.
  func listedImages(of split: String) -> [AnnotatedImage] {
    ((entries[split] ?? []).flatMap(\.self) + (gaps[split] ?? []) + outsiders).map {
      $0.image(below: place.folder)
    }
  }

  /// Paths of label files as if their names were folders, where a name says what a split is.
  private static func withSplitsOfNames(_ paths: [String]) -> [String] {
    let stems = Set(paths.map(\.lastPart.withoutExtension))
    let splits = Dictionary(uniqueKeysWithValues: stems.map { ($0, split(ofName: $0)) })
    guard splits.values.contains(where: { $0 != nil }) else { return paths }
    return paths.map { path in
      let stem = path.lastPart.withoutExtension
      let split = (splits[stem] ?? nil) ?? stem
      return (path.split(separator: "/").dropLast() + [Substring(split), Substring(path.lastPart)])
        .joined(separator: "/")
    }
  }

  /// `train` of `train`, `via_train` and `train-labels`; nil for a name that says no split.
  static func split(ofName stem: String) -> String? {
    let words = stem.split { !$0.isLetter && !$0.isNumber }.map(String.init)
    let isUsual = words.map(SplitFolders.isUsual)
    guard let first = words.first, let last = words.last else { return nil }
    if !isUsual.contains(false) { return stem }
    if isUsual.last == true { return last }
    return isUsual.first == true ? first : nil
  }

  /// Paths without the folders that all share where they are of a machine or address: those lie
  /// above the dataset.
  static func withoutSharedRoot(_ paths: [String]) -> [String] {
    let isAbsolute = paths.map {
      $0.hasPrefix("/") || $0.hasPrefix("\\") || $0.contains("://") || $0.dropFirst().first == ":"
    }
    var parts = paths.map {
      $0.withSlashes.split(separator: "/").filter { $0 != "." && $0 != ".." }
    }
    guard isAbsolute.contains(true), var shared = parts.first?.dropLast() else {
      return parts.map { $0.joined(separator: "/") }
    }
    for path in parts {
      shared = shared.prefix(zip(shared, path.dropLast()).prefix { $0 == $1 }.count)
    }
    parts = parts.map { Array($0.dropFirst(shared.count)) }
    return parts.map { $0.joined(separator: "/") }
  }
}

extension LabelEntries.Entry {
  /// The image without its objects.
  ///
  /// - Parameter folder: the dataset's.
  fileprivate func image(below folder: String) -> AnnotatedImage {
    let file = "\(folder)/\(labelFile)"
    var image = AnnotatedImage(
      name: picture,
      picture: path.map { .file($0) }
        ?? .written(picture, folders: [file.parentFolder] + folders),
      annotation: file)
    image.otherNames = others
    return image
  }
}
