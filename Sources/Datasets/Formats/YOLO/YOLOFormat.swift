import Files
import Foundation
import ImageFiles
import MultiBox

/// YOLO's text labels in the forms that people meet; see ``YOLOLayout``.
///
/// The labels of `images/train/x.jpg` are `labels/train/x.txt`; where that file is not there, one
/// beside the image counts. Only folders below the dataset count for that rule, however the dataset
/// is named. An image without a file has no labels, which is counted.
struct YOLOFormat: LabelFormat {
  static let name = "yolo"
  static let title = "YOLO"
  static let hallmark = "text labels with a data.yaml, an obj.data or a classes.txt"
  static let canHold: LabelContent = [.splits, .classList, .emptyImages]

  private let place: DatasetPlace
  private let layout: YOLOLayout

  static func recognize(_ place: DatasetPlace) -> Recognition {
    if YOLOLayout.isLaidOut(place) { return .fits }
    guard place.file == nil else { return .differs }
    let files = place.allFiles()
    let images = Set(files.filter(\.isImagePath).map(\.lastPart.withoutExtension))
    let labels = YOLOLayout.labelFiles(of: place).filter {
      images.contains($0.lastPart.withoutExtension)
    }
    return labels.isEmpty
      ? .differs
      : .near("\(labels.count) text labels, but no data.yaml, obj.data or classes.txt with names")
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    self.place = place
    guard let layout = try YOLOLayout(place, seed: options.splitSeed) else {
      throw DatasetError.missing(
        path: place.path, expected: "expected a data.yaml with names, found none")
    }
    self.layout = layout
  }

  func splits() -> [String] { layout.images.keys.sorted() }

  func seededSplit() -> String? { layout.seededSplit }

  func content(of split: String, report: inout DatasetReport) throws -> SplitContent {
    report.add(layout.report)
    for name in Set(layout.classNames).sorted()
    where layout.classNames.count(where: { $0 == name }) > 1 {
      report.add(.disagreement, layout.file, "names: \(name) stands there twice: two classes")
    }
    let images = layout.images[split] ?? []
    let labels = images.map { labelFile(of: $0.path) }
    reportOrphans(images, labels, report: &report)
    let layout = layout
    return SplitContent(classNames: layout.classNames, imageCount: images.count) {
      index, report in
      let image = images[index]
      let name = image.path.lastPart.withoutExtension
      let file = labels[index]
      guard image.isThere else {
        report.add(.missingFile, image.path, "no such file")
        return nil
      }
      guard let file else {
        return AnnotatedImage(
          name: name, picture: .file(image.path), annotation: image.path, isUnlabeled: true)
      }
      guard
        let rows = YOLOLabels(
          file, classNames: layout.classNames, keyPointNumbers: layout.keyPointNumbers,
          report: &report)
      else { return nil }
      return AnnotatedImage(
        name: name, picture: .file(image.path), annotation: file, objects: rows.objects)
    }
  }

  /// The label file of an image; nil where there is none.
  private func labelFile(of image: String) -> String? {
    let stem = image.withoutExtension
    for root in [layout.base, place.folder] where stem.hasPrefix(root + "/") {
      let below = String(stem.dropFirst(root.count))
      // The last folder of the name, as YOLO's own loaders do it.
      if let range = below.range(of: "/images/", options: [.backwards, .caseInsensitive]),
        let found = place.tree.find(
          below.replacingCharacters(in: range, with: "/labels/") + ".txt", in: root)
      {
        return found
      }
    }
    return place.tree.find(stem.lastPart + ".txt", in: stem.parentFolder)
  }

  /// Names what lies beside the images and labels of a split and is not read.
  private func reportOrphans(
    _ images: [YOLOLayout.Image], _ labels: [String?], report: inout DatasetReport
  ) {
    let known = Set(labels.compactMap { $0 })
    // Splits may share a folder of labels.
    let stems = Set(layout.images.values.joined().map(\.path.lastPart.withoutExtension))
    for folder in Set(known.map(\.parentFolder)).sorted() {
      for name in place.tree.listing(folder)?.files ?? []
      where name.fileExtension == "txt" && !YOLOLayout.isOtherText(name.lowercased()) {
        let path = "\(folder)/\(name)"
        guard !known.contains(path), !stems.contains(name.withoutExtension) else { continue }
        report.add(.labelsWithoutImage, path, orphanReason(path, images))
      }
    }
  }

  private func orphanReason(_ path: String, _ images: [YOLOLayout.Image]) -> String {
    let stem = path.lastPart.withoutExtension
    for folder in Set(images.map(\.path.parentFolder)).sorted() {
      if let other = place.tree.listing(folder)?.files.first(where: {
        $0.withoutExtension == stem && !["txt", "json", "xml"].contains($0.fileExtension)
      }) {
        return "its image \(other) is of a format that is not read"
      }
    }
    return "no image of this name"
  }

  static func writer(into folder: OutputFolder) -> (any LabelWriter)? { Writer(folder: folder) }

  private struct Writer: LabelWriter {
    let folder: OutputFolder
    private var splits: [String] = []

    init(folder: OutputFolder) { self.folder = folder }

    func imageFolder(split: String) -> String { "images/\(split)" }

    func add(
      _ image: DatasetImage, fileName: String, split: String, classNames: ClassNames
    ) throws {
      let lines = image.groundTruth.map { labeled in
        let box = CenterBox(labeled.box.normalized(width: image.width, height: image.height))
        return "\(labeled.classIndex - 1) \(box.cx) \(box.cy) \(box.width) \(box.height)"
      }
      try folder.write(
        lines: lines, to: "labels/\(split)/\(fileName.withoutExtension).txt")
    }

    /// YOLO knows the splits train, val and test; others are written beside them.
    mutating func finish(split: String, fileNames: [String], classNames: ClassNames) throws {
      splits.append(split)
      let keys = ["valid": "val", "validation": "val"]
      var lines = splits.map { "\(keys[$0] ?? $0): images/\($0)" }
      lines.append("names:")
      for (index, name) in classNames.enumerated() {
        lines.append("  \(index): '\(name.replacingOccurrences(of: "'", with: "''"))'")
      }
      try folder.write(lines: lines, to: "data.yaml")
    }
  }
}
