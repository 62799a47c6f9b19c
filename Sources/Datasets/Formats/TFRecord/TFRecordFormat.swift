import Files
import Foundation
import ImageFiles
import MultiBox

/// TensorFlow's records of images with objects, as its object detection and Roboflow write them:
/// the pictures within, the classes in a `label_map.pbtxt`.
///
/// Shards (`train.record-00000-of-00010`) are one split; the name, or a folder, says which. Where
/// nothing says it, a seed chooses.
struct TFRecordFormat: LabelFormat {
  static let name = "tfrecord"
  static let title = "TFRecord"
  static let hallmark = "records of tf.train.Example with image/encoded"
  static let canHold: LabelContent = [
    .difficult, .crowds, .areas, .splits, .classList, .emptyImages,
  ]

  private let place: DatasetPlace
  private let seed: UInt64
  private let files: [String]
  private let splitNames: [String: String]

  static func recognize(_ place: DatasetPlace) -> Recognition {
    var recognition = Recognition.differs
    // A split may be empty, or its file cut off.
    for file in recordFiles(of: place) where recognition != .fits {
      let found = recognize(file)
      if recognition == .differs || found == .fits { recognition = found }
    }
    return recognition
  }

  /// Looks at the first record of a file.
  private static func recognize(_ path: String) -> Recognition {
    func near(_ reason: String) -> Recognition { .near("\(path.lastPart): \(reason)") }
    do {
      let file = try RecordFile(path, limit: 1)
      guard !file.records.isEmpty else { return near(file.fault ?? "it has no record") }
      let example = try TFRecordExample(file.contents(0))
      return example.isDetection
        ? .fits
        : near(
          "expected image/encoded and others, found \(example.keys.joined(separator: ", "))")
    } catch let error as FileError {
      return near(error.reason)
    } catch let error as TFRecordExample.Fault {
      return near(error.reason)
    } catch {
      return near("\(error)")
    }
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    self.place = place
    seed = options.splitSeed
    files = Self.recordFiles(of: place)
    guard !files.isEmpty else {
      throw DatasetError.missing(
        path: place.path, expected: "expected files of records as train.tfrecord, found none")
    }
    splitNames = SplitFileNames(files, of: place).splits
  }

  private static func recordFiles(of place: DatasetPlace) -> [String] {
    if let file = place.file { return isRecordFile(file) ? [file] : [] }
    return place.allFiles().filter(isRecordFile).map { "\(place.folder)/\($0)" }
  }

  /// `x.tfrecord`, `x.record-00000-of-00010`, `x-00000-of-00010.tfrecord`.
  private static func isRecordFile(_ file: String) -> Bool {
    let name = TFRecordShards.withoutNumber(file.lastPart.lowercased())
    return ["tfrecord", "tfrecords", "record", "records"].contains(name.fileExtension)
  }

  /// Whether the first record of each file that has one holds its picture.
  var embedsPictures: Bool {
    let first = files.compactMap { try? RecordFile($0, limit: 1) }.filter { !$0.records.isEmpty }
    return !first.isEmpty
      && first.allSatisfy { (try? TFRecordExample($0.contents(0)).picture()) != nil }
  }

  private var isSeeded: Bool { files.contains { splitNames[$0] == nil } }

  func splits() -> [String] {
    Set(splitNames.values).union(isSeeded ? ["test", "train"] : []).sorted()
  }

  func seededSplit() -> String? {
    isSeeded ? "no file or folder is called train, val or test" : nil
  }

  /// A record, and its number in its file.
  private struct Entry {
    let file: RecordFile
    let index: Int
  }

  func content(of split: String, report: inout DatasetReport) throws -> SplitContent {
    var entries: [Entry] = []
    var unsplit: [Entry] = []
    var empty: String?
    for path in files where splitNames[path] == split || splitNames[path] == nil {
      let file = try RecordFile(path)
      let all = file.records.indices.map { Entry(file: file, index: $0) }
      if splitNames[path] == nil { unsplit += all } else { entries += all }
      if let fault = file.fault, isTold(path, in: split) {
        report.add(.unreadableAnnotation, path, fault)
      } else if file.records.isEmpty, isTold(path, in: split) {
        empty = empty ?? path
      }
    }
    if let empty, entries.isEmpty, unsplit.isEmpty {
      report.add(.missingSplit, empty, "no record in it")
    }
    reportGaps(of: split, report: &report)
    if !unsplit.isEmpty {
      entries += SeededSplit(unsplit, seed: seed)[split]
    }
    let labelMap = try labelMap(beside: entries.first?.file.path ?? files[0])
    let root = place.folder
    return SplitContent(
      classNames: labelMap?.names, imageCount: entries.count
    ) { [entries] index, report in
      Self.image(entries[index], labelMap: labelMap, root: root, report: &report)
    }
  }

  /// Says whether a split tells of a file: what is in no split the first one does.
  private func isTold(_ path: String, in split: String) -> Bool {
    (splitNames[path] ?? "train") == split
  }

  /// Names parts that are not there; of a part that is named alone the others are not asked for.
  private func reportGaps(of split: String, report: inout DatasetReport) {
    guard place.file == nil else { return }
    for gap in TFRecordShards(files).gaps where isTold(gap.beside, in: split) {
      report.add(
        .missingFile, gap.path, "no such file; \(gap.found) of \(gap.count) parts are there")
    }
  }

  /// Where pictures lie beside the records, those of their names: others are in no record.
  func listedImages(of split: String) throws -> [AnnotatedImage]? {
    guard place.file == nil, place.allFiles().contains(where: \.isImagePath) else { return nil }
    return try files.filter { splitNames[$0] == split || splitNames[$0] == nil }.flatMap { path in
      let file = try RecordFile(path)
      return concurrentMap(
        count: file.records.count, threadCount: AvailableProcessors.count
      ) { index -> AnnotatedImage? in
        let data = try? file.contents(index)
        guard let name = data.flatMap({ try? TFRecordExample($0).name() }) else { return nil }
        return AnnotatedImage(
          name: name, picture: .written(name, folders: [path.parentFolder, place.folder]),
          annotation: path)
      }.compactMap(\.self)
    }
  }

  /// The label map in the folder of the records, else the only one anywhere.
  private func labelMap(beside file: String) throws -> TFRecordLabelMap? {
    func isMap(_ name: String) -> Bool { name.fileExtension == "pbtxt" }
    let folder = file.parentFolder
    let beside = (place.tree.listing(folder)?.files ?? []).filter(isMap).map { "\(folder)/\($0)" }
    let all =
      beside.isEmpty && place.file == nil
      ? place.allFiles().filter(isMap).map { "\(place.folder)/\($0)" } : beside
    // Other files in protobuf's text may lie there, as the configuration of a training.
    let named = all.filter { $0.lastPart.lowercased().contains("label") }
    return try (named.first ?? all.first).map { try TFRecordLabelMap(contentsOf: $0) }
  }

  private static func image(
    _ entry: Entry, labelMap: TFRecordLabelMap?, root: String, report: inout DatasetReport
  ) -> AnnotatedImage? {
    let (path, part) = (entry.file.path, entry.file.records[entry.index])
    let place = "record \(entry.index)"
    let data: Data
    do throws(FileError) { data = try entry.file.contents(entry.index) } catch {
      report.add(.unreadableAnnotation, path, error.reason)
      return nil
    }
    do throws(TFRecordExample.Fault) {
      let example = try TFRecordExample(data)
      let written = try example.name()
      let picture: AnnotatedImage.Picture
      if let range = try example.picture() {
        picture = .embedded(
          FilePart(path: path, offset: part.offset + range.lowerBound, length: range.count))
      } else if let written, written.isImagePath {
        picture = .written(written, folders: [path.parentFolder, root])
      } else {
        throw TFRecordExample.Fault(reason: "expected image/encoded, found none")
      }
      let name = written?.withSlashes.lastPart
      var problems: [(DatasetProblem.Kind, String)] = []
      let objects = try example.objects(
        place: place, labelMap: labelMap, drop: { problems.append((.unknownName, $0)) },
        disagree: { problems.append((.disagreement, $0)) })
      for (kind, reason) in problems { report.add(kind, path, reason) }
      return AnnotatedImage(
        name: name.map { $0.isImagePath ? $0.withoutExtension : $0 }
          ?? "\(path.lastPart.withoutExtension)-\(entry.index)",
        picture: picture, annotation: path, size: try example.size(), objects: objects,
        isUnlabeled: example.isUnlabeled)
    } catch {
      report.add(.unreadableAnnotation, path, "\(place): \(error.reason)")
      return nil
    }
  }

  static func writer(into folder: OutputFolder) -> (any LabelWriter)? {
    TFRecordLabelWriter(folder: folder)
  }
}
