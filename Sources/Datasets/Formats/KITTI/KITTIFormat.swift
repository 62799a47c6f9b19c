import Files
import Foundation
import ImageFiles
import MultiBox

/// KITTI's text labels of the object benchmark: `training/image_2/000000.png` with
/// `training/label_2/000000.txt`, or any folders of images and labels of this kind.
///
/// A row is type, truncated, occluded, alpha, left, top, right, bottom and seven numbers of the
/// object in space, which are not read; a score may follow. Corners are continuous coordinates.
///
/// A row of type `DontCare` is a region with objects that nobody labelled. It becomes a crowd of
/// every class: KITTI's measure does not count a detection that lies in such a region by half or
/// more of its own area, whatever its class, which is COCO's rule for crowds; and training takes no
/// background from there. Left out, it would teach and count as wrong what may be right.
///
/// The lists of `ImageSets` are splits where they are there, else folders (`training`, `testing`)
/// are.
struct KITTIFormat: LabelFormat {
  static let name = "kitti"
  static let title = "KITTI"
  static let hallmark = "label_2/*.txt of KITTI's rows"
  static let canHold: LabelContent = [.splits, .emptyImages]
  static let holdsObjectsOnce = true

  private let files: PairedText
  private let classNames: [String]
  /// What is wrong with the lists, by split.
  private let listReports: [String: DatasetReport]

  static func recognize(_ place: DatasetPlace) -> Recognition {
    guard place.file == nil else { return .differs }
    return TextLabels.recognize(place, labels(of: place), isRow: isRow)
  }

  private static func labels(of place: DatasetPlace) -> [String] {
    TextLabels.files(of: place, in: "label_2", isRow: isRow)
  }

  /// Of images those of the camera that the labels are of.
  private static func ofCamera(_ images: [String]) -> [String] {
    let own = images.filter { $0.parentFolder.lastPart == "image_2" }
    return own.isEmpty ? images : own
  }

  private static func isRow(_ line: String) -> Bool {
    let words = line.split(whereSeparator: \.isWhitespace)
    return (15...16).contains(words.count) && Double(words[0]) == nil
      && TextLabels.numbers(words.dropFirst()) != nil
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    let (root, all) = try PairedText.images(of: place, options)
    let images = Self.ofCamera(all)
    var lists = try Self.lists(of: place, images)
    files = PairedText(
      place, images: images, of: root, labels: Self.labels(of: place), seed: options.splitSeed,
      lists: lists?.members
    ) { SplitFolders([$0]).names.first }
    lists?.reportUnlisted(images, files.pairs, of: place)
    listReports = lists?.reports ?? [:]
    // A class that a split lacks is one all the same.
    var names: Set<String> = []
    for label in files.labels {
      for line in (try? TextFile(label).lines) ?? [] where Self.isRow(line) {
        if let name = line.split(whereSeparator: \.isWhitespace).first, name != "DontCare" {
          names.insert(String(name))
        }
      }
    }
    classNames = names.sorted()
  }

  /// The lists in `ImageSets`.
  private struct Lists {
    /// The numbers of the images of each.
    var members: [String: [Int]] = [:]
    var reports: [String: DatasetReport] = [:]

    /// Labelled images that no list names: one line.
    mutating func reportUnlisted(
      _ images: [String], _ pairs: AnnotationPaths, of place: DatasetPlace
    ) {
      let listed = Set(members.values.joined())
      let rest = images.indices.filter {
        !listed.contains($0) && pairs.path(for: images[$0]) != nil
      }
      guard let first = rest.first, let split = members.keys.min() else { return }
      reports[split, default: DatasetReport()].add(
        .unlisted, place.find("ImageSets") ?? place.path,
        "\(rest.count) labelled images in no list, \(images[first]) the first")
    }
  }

  /// Nil without lists.
  private static func lists(of place: DatasetPlace, _ images: [String]) throws -> Lists? {
    guard let folder = place.find("ImageSets") else { return nil }
    let names = place.files(in: "ImageSets", ["txt"])
    guard !names.isEmpty else { return nil }
    var positions: [String: [Int]] = [:]
    for (index, image) in images.enumerated() {
      positions[image.lastPart.withoutExtension, default: []].append(index)
    }
    var result = Lists()
    for name in names {
      let split = name.withoutExtension
      let isTest = split.hasPrefix("test")
      var members: [Int] = []
      for (index, line) in try TextFile("\(folder)/\(name)").lines.enumerated() {
        let written = line.trimmingCharacters(in: .whitespaces)
        if written.isEmpty { continue }
        let found =
          positions[written]
          ?? (written.isImagePath ? positions[written.lastPart.withoutExtension] : nil) ?? []
        // The benchmark's two folders number their images alike.
        if let image = found.first(where: { images[$0].hasPrefix("testing/") == isTest })
          ?? found.first
        {
          members.append(image)
        } else {
          result.reports[split, default: DatasetReport()].add(
            .missingFile, "\(folder)/\(name)", "line \(index + 1): no such image: \(written)")
        }
      }
      result.members[split] = members
    }
    return result
  }

  func splits() -> [String] { files.splits.names }

  func listedImages(of split: String) -> [AnnotatedImage]? { files.listedImages(of: split) }

  func seededSplit() -> String? {
    files.splits.isSeeded ? "no folder is called training, testing, train, val or test" : nil
  }

  func content(of split: String, report: inout DatasetReport) throws -> SplitContent {
    if let ofList = listReports[split] { report.add(ofList) }
    return files.content(of: split, classNames: classNames, report: &report) { file, report in
      TextLabels.objects(of: file, report: &report) {
        (line, place, report) throws(TextLabels.Failure) in
        let words = line.split(whereSeparator: \.isWhitespace)
        // Labels of pictures alone end behind the box.
        guard words.count >= 8, let numbers = TextLabels.numbers(words[1...]) else {
          throw TextLabels.Failure(
            expected: "type, truncated, occluded, alpha, left, top, right, bottom, …")
        }
        let isRegion = words[0] == "DontCare"
        if isRegion { report.add(.ignoredRegion) }
        var object = AnnotatedObject(
          isRegion ? .every : .name(String(words[0])),
          .pixels(
            PixelBox(xMin: numbers[3], yMin: numbers[4], xMax: numbers[5], yMax: numbers[6])),
          place: place, written: "\(words[0]) \(Array(numbers[3...6]))")
        object.isCrowd = isRegion
        return object
      }
    }
  }

  static func writer(into folder: OutputFolder) -> (any LabelWriter)? { Writer(folder: folder) }

  private struct Writer: LabelWriter {
    let folder: OutputFolder

    func imageFolder(split: String) -> String { "\(split)/image_2" }

    /// Each split is found by its own name.
    func lostSplits(of splits: [String]) -> [String] {
      splits.filter { !SplitFolders.lost(of: [$0]).isEmpty }
    }

    func check(split: String, classNames: [String]) throws {
      try refuse(
        classNames, in: "\(folder.path)/\(split)/label_2", "KITTI's labels",
        expected: "a word, not DontCare and no number"
      ) { name in
        // A number there says that the rows are of another format.
        !name.isEmpty && !name.contains(where: \.isWhitespace) && name.isLine
          && name != "DontCare" && Double(name) == nil
      }
    }

    /// What is not known of an object in space has the values that the benchmark's own tools give
    /// it.
    func add(
      _ image: DatasetImage, fileName: String, split: String, classNames: ClassNames
    ) throws {
      let lines = image.groundTruth.map { labeled in
        let box = labeled.box
        let name = classNames[labeled.classIndex]
        return "\(name) 0.00 0 -10 \(box.xMin) \(box.yMin) \(box.xMax) \(box.yMax)"
          + " -1 -1 -1 -1000 -1000 -1000 -10"
      }
      try folder.write(
        lines: lines, to: "\(split)/label_2/\(fileName.withoutExtension).txt")
    }

    func finish(split: String, fileNames: [String], classNames: ClassNames) {}
  }
}
