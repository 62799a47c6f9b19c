import Files
import ImageFiles
import MultiBox
import Synchronization

/// Tar shards in WebDataset's layout: `000.jpg` and beside it `000.json` (``WebDatasetLabels``),
/// `000.xml` (Pascal VOC) or `000.txt` (YOLO, the names in a `classes.txt` beside the shards).
///
/// The name of a shard, or its folder, says the split; where nothing says it, a seed chooses.
/// Nothing is unpacked: the heads of all members are read, and bytes at their places.
struct WebDatasetFormat: LabelFormat {
  static let name = "webdataset"
  static let title = "WebDataset"
  static let hallmark = "tar shards with 000.json, 000.xml or 000.txt beside 000.jpg"
  static let canHold: LabelContent = [
    .difficult, .crowds, .areas, .splits, .classList, .emptyImages,
  ]

  private let place: DatasetPlace
  private let options: ReadingOptions
  private let paths: [String]
  private let splitNames: [String: String]
  private let shards: WebDatasetShards
  private let classes: YOLOClasses?

  static func recognize(_ place: DatasetPlace) -> Recognition {
    var recognition = Recognition.differs
    // One may be cut off, or hold something else.
    for path in shards(of: place).prefix(4) where recognition != .fits {
      let found = recognize(path, hasClasses: !YOLOClasses.files(in: beside(place)).isEmpty)
      if recognition == .differs || found == .fits { recognition = found }
    }
    let files = place.file.map { [$0] } ?? place.allFiles()
    if recognition == .differs, let packed = files.first(where: isCompressed) {
      return .near("\(packed): compressed; unpack it to a .tar first")
    }
    return recognition
  }

  private static func recognize(_ path: String, hasClasses: Bool) -> Recognition {
    func near(_ reason: String) -> Recognition { .near("\(path.lastPart): \(reason)") }
    do {
      let shard = try WebDatasetShard(path, limit: 64)
      let samples = shard.samples.filter { $0.picture != nil }
      guard let first = samples.first else {
        return near(shard.report.problems.first?.reason ?? "no picture in it")
      }
      let labels = samples.lazy.compactMap { shard.labels(of: $0, hasAny: false).first }
      guard let ending = labels.first?.ending else {
        return near("expected \(first.key).json, .xml or .txt with boxes, found none")
      }
      return ending != "txt" || hasClasses
        ? .fits : near("labels as \(ending), but no classes.txt with names beside the shards")
    } catch {
      return near(error.reason)
    }
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    self.place = place
    self.options = options
    paths = Self.shards(of: place)
    guard !paths.isEmpty else {
      throw DatasetError.missing(
        path: place.path, expected: "expected shards as train-000000.tar, found none")
    }
    splitNames = WebDatasetNames.splits(of: paths, in: place)
    shards = WebDatasetShards()
    let lists = YOLOClasses.files(in: Self.beside(place))
    classes = lists.isEmpty ? nil : try YOLOClasses(lists, in: place)
  }

  private static func shards(of place: DatasetPlace) -> [String] {
    if let file = place.file { return file.fileExtension == "tar" ? [file] : [] }
    return place.allFiles().filter { $0.fileExtension == "tar" }.map { "\(place.folder)/\($0)" }
  }

  /// The folder of a shard that is named alone: its list of classes lies there.
  private static func beside(_ place: DatasetPlace) -> DatasetPlace {
    (place.file == nil ? nil : try? DatasetPlace(place.folder)) ?? place
  }

  private static func isCompressed(_ file: String) -> Bool {
    let name = file.lowercased()
    return name.fileExtension == "tgz"
      || ["gz", "bz2", "xz", "zst"].contains(name.fileExtension)
        && name.withoutExtension.fileExtension == "tar"
  }

  private var isSeeded: Bool { paths.contains { splitNames[$0] == nil } }

  func splits() -> [String] {
    Set(splitNames.values).union(isSeeded ? ["test", "train"] : []).sorted()
  }

  func seededSplit() -> String? {
    isSeeded ? "no shard or folder is called train, val or test" : nil
  }

  /// Packed shards beside those that are read.
  func unreadFiles() -> [DatasetProblem] {
    guard place.file == nil else { return [] }
    return place.allFiles().filter(Self.isCompressed).map {
      DatasetProblem(
        kind: .unreadableAnnotation, file: "\(place.folder)/\($0)",
        reason: "compressed; unpack it to a .tar first")
    }
  }

  /// A sample of a shard.
  private struct Entry {
    let shard: WebDatasetShard
    let index: Int

    var sample: WebDatasetShard.Sample { shard.samples[index] }
  }

  func content(of split: String, report: inout DatasetReport) throws -> SplitContent {
    let chosen = paths.filter { splitNames[$0] == split || splitNames[$0] == nil }
    let opened = try shards.open(chosen)
    var entries: [Entry] = []
    var unsplit: [Entry] = []
    for shard in opened {
      let isSplit = splitNames[shard.path] != nil
      // Of what is in no split the first one tells.
      let isTold = isSplit || split == "train"
      if isTold { report.add(shard.report) }
      for (index, sample) in shard.samples.enumerated() {
        if sample.picture == nil {
          if isTold, sample.isLabeled { Self.tellOrphan(sample, in: shard, &report) }
        } else if isSplit {
          entries.append(Entry(shard: shard, index: index))
        } else {
          unsplit.append(Entry(shard: shard, index: index))
        }
      }
    }
    if entries.isEmpty, unsplit.isEmpty, let first = chosen.first {
      report.add(.missingSplit, first, "no image in it")
    }
    reportGaps(of: split, report: &report)
    if !unsplit.isEmpty { entries += SeededSplit(unsplit, seed: options.splitSeed)[split] }
    return try content(of: entries, split: split, report: &report)
  }

  private func content(
    of entries: [Entry], split: String, report: inout DatasetReport
  ) throws -> SplitContent {
    if let classes { report.add(classes.report) }
    let lists = classes?.lists ?? []
    let joined = JoinedClasses(lists.map(\.names))
    let reader = WebDatasetReader(
      lists: lists, joined: joined,
      longRows: YOLOLongRows(
        ofTexts: entries.lazy.compactMap { entry in
          entry.sample.text.flatMap { try? entry.shard.text($0) }
        }),
      firstPixel: try firstPixel(entries))
    let isUnlabeled = !entries.contains { $0.sample.isLabeled }
    let classes = classes
    return SplitContent(
      classNames: lists.isEmpty ? nil : joined.names, imageCount: entries.count
    ) { index, report in
      let (shard, sample) = (entries[index].shard, entries[index].sample)
      guard let picture = sample.picture else { return nil }
      return reader.image(
        of: sample, picture, in: shard, isUnlabeled: isUnlabeled,
        list: classes?.list(of: shard.path, image: shard.path).index ?? 0, report: &report)
    }
  }

  private static func tellOrphan(
    _ sample: WebDatasetShard.Sample, in shard: WebDatasetShard, _ report: inout DatasetReport
  ) {
    let ending = sample.xml != nil ? "xml" : sample.json != nil ? "json" : "txt"
    // A picture of another format is told by its shard.
    let path = "\(shard.path)/\(sample.key)"
    guard !shard.report.problems.contains(where: { $0.file == path }) else { return }
    report.add(.labelsWithoutImage, shard.place(sample, ending), "no image of this key")
  }

  /// The number of the first pixel in VOC's labels: whether it is 0 no file tells by itself.
  private func firstPixel(_ entries: [Entry]) throws -> Int {
    if let first = options.firstPixel { return first }
    guard entries.contains(where: { $0.sample.xml != nil }) else { return 1 }
    return try shards.haveZero(paths) ? 0 : 1
  }

  /// Names parts that are not there; of a part that is named alone the others are not asked for.
  private func reportGaps(of split: String, report: inout DatasetReport) {
    guard place.file == nil else { return }
    for gap in TFRecordShards(paths).gaps where (splitNames[gap.beside] ?? "train") == split {
      report.add(
        .missingFile, gap.path, "no such file; \(gap.found) of \(gap.count) parts are there")
    }
  }

  /// Where pictures lie beside the shards, those of their names: others are in no shard.
  func listedImages(of split: String) throws -> [AnnotatedImage]? {
    guard place.file == nil, place.allFiles().contains(where: \.isImagePath) else { return nil }
    let chosen = paths.filter { splitNames[$0] == split || splitNames[$0] == nil }
    return try shards.open(chosen).flatMap { shard in
      shard.samples.lazy.filter { $0.picture != nil }.map {
        AnnotatedImage(
          name: $0.key,
          picture: .written($0.key, folders: [shard.path.parentFolder, place.folder]),
          annotation: shard.path)
      }
    }
  }

  static func writer(into folder: OutputFolder) -> (any LabelWriter)? {
    WebDatasetLabelWriter(folder: folder)
  }
}

/// The shards of a place, each opened once.
final class WebDatasetShards: Sendable {
  private let known = Mutex([String: WebDatasetShard]())
  private let hasZero = Mutex(Bool?.none)

  /// Opens shards, on all cores, and keeps them.
  ///
  /// - Throws: `FileError` where one cannot be read.
  func open(_ paths: [String]) throws -> [WebDatasetShard] {
    try concurrentMap(
      count: paths.count, threadCount: AvailableProcessors.count
    ) { index -> Result<WebDatasetShard, any Error> in
      if let shard = self.known.withLock({ $0[paths[index]] }) { return .success(shard) }
      return Result {
        let shard = try WebDatasetShard(paths[index])
        self.known.withLock { $0[paths[index]] = shard }
        return shard
      }
    }.map { try $0.get() }
  }

  /// Says whether an annotation of any shard has a corner at 0; all of them are read for it.
  func haveZero(_ paths: [String]) throws -> Bool {
    if let known = hasZero.withLock({ $0 }) { return known }
    let opened = try open(paths)
    let found = concurrentMap(
      count: opened.count, threadCount: AvailableProcessors.count
    ) { index in
      opened[index].samples.contains { sample in
        guard let xml = sample.xml, let data = try? opened[index].part(xml).contents() else {
          return false
        }
        return (try? VOCAnnotation(data))?.hasZero ?? false
      }
    }.contains(true)
    hasZero.withLock { $0 = found }
    return found
  }
}
