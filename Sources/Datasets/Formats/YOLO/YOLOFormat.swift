import Files
import Foundation
import ImageFiles
import MultiBox

/// YOLO's text labels in the forms that people meet; see ``YOLOLayout``.
///
/// The labels of `images/train/x.jpg` are `labels/train/x.txt`; where that file is not there, one
/// beside the image counts. Only folders below the dataset count for that rule, however the dataset
/// is named. An image without a file has no objects, as YOLO defines it, which is counted; an image
/// that no split has is left out.
struct YOLOFormat: LabelFormat {
  static let name = "yolo"
  static let title = "YOLO"
  static let hallmark = "text labels with a data.yaml, an obj.data or a classes.txt"
  static let canHold: LabelContent = [.splits, .classList, .emptyImages]
  static let holdsObjectsOnce = true

  private let place: DatasetPlace
  private let layout: YOLOLayout

  static func recognize(_ place: DatasetPlace) -> Recognition {
    let description = YOLOLayout.description(in: place)
    guard place.file == nil else {
      guard let description else { return .differs }
      // A YAML file may be of anything; where the user means one, its error says what it lacks.
      let mayBeOfOthers = description == YOLODescription.file(in: place)
      return mayBeOfOthers && !YOLODescription.hasNames(description) ? .fitsAlone : .fits
    }
    let labels = YOLOLayout.possibleLabels(of: place)
    let lists = YOLOClasses.files(in: place)
    let hasRows = YOLOLayout.holdsRows(labels)
    if description != nil || hasRows && !lists.isEmpty {
      // Its images may be without labels yet, or these lie where YOLO's do not: what another layout
      // reads then is that one's.
      let isIts = hasRows && readsRows(of: place) || description != nil && describesRows(place)
      return isIts ? .fits : .fitsAlone
    }
    if hasRows { return .near(missingNames(labels, place)) }
    if !lists.isEmpty, labels.isEmpty, let image = place.allFiles().first(where: \.isImagePath) {
      return .near(
        "\(lists[0].lastPart), but no text that has the name of an image, as"
          + " \(image.withoutExtension).txt")
    }
    return strangeRow(labels, isListed: !lists.isEmpty).map {
      .near("expected a class and numbers between spaces, as 0 0.5 0.5 0.2 0.2, found \($0)")
    } ?? .differs
  }

  /// Says whether images of a place have label files with rows where YOLO looks for them, or labels
  /// lie there alone.
  private static func readsRows(of place: DatasetPlace) -> Bool {
    let images = place.allFiles().filter(\.isImagePath)
    let labels = images.lazy.compactMap {
      YOLOLayout.labelFile(of: "\(place.folder)/\($0)", below: [place.folder], place.tree)
    }
    return images.isEmpty || labels.prefix(200).contains { YOLOLayout.holdsRows([$0]) }
  }

  /// Says whether images that a description names have label files with rows, wherever they lie.
  private static func describesRows(_ place: DatasetPlace) -> Bool {
    guard let format = try? YOLOFormat(place, options: ReadingOptions()) else { return false }
    let images = format.layout.images.values.joined()
    return YOLOLayout.holdsRows(images.compactMap { format.labelFile(of: $0.path) })
  }

  /// What label files lack to be read, and the folders below that have it.
  private static func missingNames(_ labels: [String], _ place: DatasetPlace) -> String {
    let folders = YOLODescription.folders(below: place)
    return "\(labels.count) text labels, but no data.yaml, obj.data or classes.txt with names"
      + (folders.isEmpty
        ? ""
        : "; data sets with a description of their own, to be named instead: "
          + folders.prefix(4).joined(separator: ", ") + (folders.count > 4 ? ", …" : ""))
  }

  /// The first row of label files, with its file: beside a list of classes any, else one that would
  /// be one of YOLO's but for its commas, between numbers or in them.
  private static func strangeRow(_ labels: [String], isListed: Bool) -> String? {
    var row: String?
    let isRow = TextLabels.look(labels) { line in
      row = line
      return [" ", "."].contains { YOLOLabels.isPlausible(line.replacing(",", with: $0)) }
    }
    guard isListed || isRow == true, let row else { return nil }
    return "\(row.prefix(120)), the first in \(labels.count) texts"
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    self.place = place
    guard let layout = try YOLOLayout(place, options: options) else {
      throw DatasetError.missing(
        path: place.path, expected: "expected a data.yaml with names, found none")
    }
    self.layout = layout
  }

  func splits() -> [String] { layout.images.keys.sorted() }

  func seededSplit() -> String? { layout.seededSplit }

  func listedImages(of split: String) -> [AnnotatedImage]? {
    ((layout.images[split] ?? []) + layout.outsiders).map { AnnotatedImage(path: $0.path) }
  }

  func content(of split: String, report: inout DatasetReport) throws -> SplitContent {
    report.add(layout.report)
    let images = layout.images[split] ?? []
    let labels = images.map { labelFile(of: $0.path) }
    let (lists, listOfImage) = classLists(of: images, labels, report: &report)
    for list in lists {
      for name in Set(list.names).sorted() where list.names.count(where: { $0 == name }) > 1 {
        report.add(.disagreement, list.file, "names: \(name) stands there twice: two classes")
      }
    }
    reportOrphans(of: split, report: &report)
    let layout = layout
    let longRows =
      layout.keyPointNumbers > 0 ? nil : YOLOLongRows(of: labels.lazy.compactMap(\.self))
    let joined = JoinedClasses(lists.map(\.names))
    return SplitContent(classNames: joined.names, imageCount: images.count) {
      index, report in
      let image = images[index]
      let name = image.path.lastPart.withoutExtension
      let file = labels[index]
      guard image.isThere else {
        report.add(
          .missingFile, image.missing?.written ?? image.path,
          image.missing.map { "no such image; \($0.place) names it" } ?? "no such file")
        return nil
      }
      if let several = layout.elsewhere?.severalFiles(of: image.path) {
        report.add(
          .disagreement, image.path,
          "several label files of this name: \(several.joined(separator: ", "))")
        return nil
      }
      guard let file else {
        return AnnotatedImage(
          name: name, picture: .file(image.path), annotation: image.path, isUnlabeled: true)
      }
      if let second = secondFile(of: image.path, besides: file) {
        report.add(.disagreement, second, "other rows than those of \(file), which count")
      }
      let list = listOfImage[index]
      guard
        let rows = YOLOLabels.objects(
          of: file, classNames: lists[list].names, keyPointNumbers: layout.keyPointNumbers,
          longRows: longRows, report: &report)
      else { return nil }
      let objects = rows.map { object in
        var object = object
        object.label = joined.label(object.label, ofList: list)
        return object
      }
      return AnnotatedImage(
        name: name, picture: .file(image.path), annotation: file, objects: objects)
    }
  }

  /// The lists of classes that the labels of a split mean, and which of them each image has.
  private func classLists(
    of images: [YOLOLayout.Image], _ labels: [String?], report: inout DatasetReport
  ) -> (lists: [YOLOClasses.List], ofImage: [Int]) {
    var used: [Int] = []
    var isContradicted = false
    let ofImage = zip(images, labels).map { image, label -> Int in
      guard let label else { return 0 }
      let (list, isNearest) = layout.classes.list(of: label, image: image.path)
      if !isNearest { isContradicted = true }
      if let place = used.lastIndex(of: list) { return place }
      used.append(list)
      return used.count - 1
    }
    if isContradicted { report.add(layout.classes.contradictions) }
    return ((used.isEmpty ? [0] : used).map { layout.classes.lists[$0] }, ofImage)
  }

  /// The label file of an image; nil where there is none.
  private func labelFile(of image: String) -> String? {
    if let elsewhere = layout.elsewhere { return elsewhere.labelFile(of: image) }
    return YOLOLayout.labelFile(of: image, below: [layout.base, place.folder], place.tree)
  }

  /// The text of rows beside an image whose label file is another one, and says something else.
  private func secondFile(of image: String, besides file: String) -> String? {
    guard layout.elsewhere == nil,
      let beside = YOLOLayout.labelFile(beside: image, place.tree), beside != file,
      YOLOLayout.holdsRows([beside]), let rows = try? TextFile(beside).lines,
      let counting = try? TextFile(file).lines,
      Set(rows.filter { !$0.isBlank }) != Set(counting.filter { !$0.isBlank })
    else { return nil }
    return beside
  }

  /// Names the label files beside those that are read, and in folders called `labels`, that no
  /// image of any split has, each in the split whose folder it is in, else in the first; and those
  /// that several have.
  private func reportOrphans(of split: String, report: inout DatasetReport) {
    var known: Set<String> = []
    var owners: [String: String] = [:]
    for (split, images) in layout.images.sorted(by: { $0.key < $1.key }) {
      // The label of an image that is missing is told with it.
      let labels = images.lazy.compactMap { $0.missing?.label ?? labelFile(of: $0.path) }
      for label in labels.map(\.absolutePath) {
        known.insert(label)
        let folder = label.parentFolder
        if owners[folder] == nil { owners[folder] = split }
      }
    }
    let twins = AnnotationPaths.twins(
      layout.images.values.joined().lazy.filter(\.isThere).map(\.path), label: labelFile(of:))
    let shared = (layout.images[split] ?? []).lazy.map(\.path).filter { twins[$0] != nil }
    for image in Set(shared).sorted() {
      guard let twins = twins[image], let label = labelFile(of: image) else { continue }
      report.add(.disagreement, label, AnnotationPaths.reason(twins: twins))
    }
    let unread = UnreadPictures(place)
    let ofNames = Dictionary(
      grouping: place.allFiles().lazy.filter(\.isImagePath), by: \.lastPart.withoutExtension)
    for label in YOLOLayout.labelFiles(of: place) {
      let path = "\(place.folder)/\(label)"
      let absolute = path.absolutePath
      guard !known.contains(absolute) else { continue }
      let owner = owners[absolute.parentFolder]
      let isNamedSo = label.split(separator: "/").dropLast().contains {
        $0.lowercased() == "labels"
      }
      guard owner != nil || isNamedSo, (owner ?? splits().first) == split else { continue }
      let name = label.lastPart.withoutExtension
      let others = unread[name] == nil ? ofNames[name] ?? [] : []
      let own = others.first { labelFile(of: "\(place.folder)/\($0)")?.absolutePath == absolute }
      report.add(
        .labelsWithoutImage, path,
        own.map { "its image \($0) is in none of the splits" }
          ?? others.first.map { "no image beside it; \($0) has its name, and another place" }
          ?? unread.reason(name))
    }
  }

  static func writer(into folder: OutputFolder) -> (any LabelWriter)? { Writer(folder: folder) }

  private struct Writer: LabelWriter {
    let folder: OutputFolder
    private var splits: [String] = []

    init(folder: OutputFolder) { self.folder = folder }

    func imageFolder(split: String) -> String { "images/\(split)" }

    /// `classes.txt` among the labels would be a list of classes.
    var reservedNames: Set<String> {
      Set(YOLOClasses.fileNames.filter { $0.hasSuffix(".txt") }.map(\.withoutExtension))
    }

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

    func check(split: String, classNames: [String]) throws {
      guard !YOLODescription.otherKeys.contains(split) else {
        throw FileError(
          path: "\(folder.path)/data.yaml",
          reason: "cannot hold a split called \(split), which is a key of its own")
      }
      // Quotes keep white space at the ends.
      try refuse(
        classNames, in: "\(folder.path)/data.yaml", "YOLO's list of classes",
        expected: "one line", unless: \.isLine)
    }

    /// YOLO knows the splits train, val and test; others stand beside them by their names.
    mutating func finish(split: String, fileNames: [String], classNames: ClassNames) throws {
      splits.append(split)
      // One key for one split: of several only one can be YOLO's val.
      let validation = ["val", "valid", "validation"].first(where: splits.contains)
      var lines: [String] = []
      for split in splits {
        lines.append(
          "\(split == validation ? "val" : Self.plain(split)): \(Self.plain("images/\(split)"))")
      }
      lines.append("names:")
      for (index, name) in classNames.enumerated() {
        lines.append("  \(index): \(Self.quoted(name))")
      }
      try folder.write(lines: lines, to: "data.yaml")
    }

    /// A text that YAML takes for nothing else, as it is; any other in quotes.
    private static func plain(_ text: String) -> String {
      let isPlain =
        text.first?.isLetter == true
        && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./".contains($0)) }
        && !["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(
          text.lowercased())
      return isPlain ? text : quoted(text)
    }

    private static func quoted(_ text: String) -> String {
      "'\(text.replacingOccurrences(of: "'", with: "''"))'"
    }
  }
}
