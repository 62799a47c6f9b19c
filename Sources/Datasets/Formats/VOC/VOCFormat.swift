import Files
import Foundation
import ImageFiles
import MultiBox

/// The folders of Pascal VOC, of one year or, as a VOCdevkit, of several: JPEGImages, Annotations,
/// ImageSets/Main.
struct VOCFormat: LabelFormat {
  static let name = "voc"
  static let title = "Pascal VOC"
  static let hallmark = "Annotations/*.xml and ImageSets/Main/*.txt"
  static let canHold: LabelContent = [.difficult, .splits, .emptyImages]

  private let place: DatasetPlace
  private let years: [String]
  private let seed: UInt64
  /// The lists of each year.
  private let lists: [String: VOCLists]
  private let files: VOCAnnotationFiles
  /// The user names the folder of the images: it comes before JPEGImages.
  private let hasImageFolder: Bool

  static func recognize(_ place: DatasetPlace) -> Recognition {
    guard place.file == nil else { return .differs }
    if !years(of: place).isEmpty { return .fits }
    return place.find("Annotations") != nil
      ? .near("Annotations, but no ImageSets/Main with lists of images") : .differs
  }

  /// The folders of the years: the place itself, or those in it or in its VOCdevkit.
  private static func years(of place: DatasetPlace) -> [String] {
    func isYear(_ folder: String) -> Bool {
      place.tree.find("Annotations", in: folder) != nil
        && (place.tree.find("ImageSets", in: folder) != nil
          || !VOCLists.besideAnnotations(of: folder, place).isEmpty)
    }
    if isYear(place.folder) { return [place.folder] }
    for parent in [place.folder, place.find("VOCdevkit")].compactMap({ $0 }) {
      let found = (place.tree.listing(parent)?.folders ?? []).map { "\(parent)/\($0)" }
        .filter(isYear)
      if !found.isEmpty { return found }
    }
    return []
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    self.place = place
    hasImageFolder = options.imageFolder != nil
    years = Self.years(of: place)
    guard !years.isEmpty else {
      throw DatasetError.missing(
        path: "\(place.folder)/ImageSets/Main", expected: "no such folder of split files")
    }
    seed = options.splitSeed
    lists = Dictionary(uniqueKeysWithValues: years.map { ($0, VOCLists(of: $0, place)) })
    files = VOCAnnotationFiles(
      years.flatMap { year -> [String] in
        guard let folder = place.tree.find("Annotations", in: year) else { return [] }
        return place.tree.files(below: folder).filter { $0.fileExtension == "xml" }
          .map { "\(folder)/\($0)" }
      }, firstPixel: options.firstPixel)
  }

  func splits() throws -> [String] {
    let names = Set(lists.values.flatMap(\.splits.keys)).union(isSeeded ? ["test", "train"] : [])
    guard !names.isEmpty else {
      throw DatasetError.missing(
        path: "\(years[0])/ImageSets/Main", expected: "no such folder of split files")
    }
    return names.sorted()
  }

  /// A year's lists name all images, and no split.
  private var isSeeded: Bool { lists.values.contains { $0.whole != nil } }

  func seededSplit() -> String? {
    isSeeded ? "the lists of ImageSets are of classes, and of no split" : nil
  }

  private struct Entry {
    let name: String
    let annotation: String
    let picture: String?
    let folders: [String]
  }

  func content(of split: String, report: inout DatasetReport) throws -> SplitContent {
    var entries: [Entry] = []
    var isLabeled = false
    for year in years {
      guard let lists = lists[year], let list = lists.splits[split] ?? lists.whole else { continue }
      let annotations = place.tree.find("Annotations", in: year) ?? "\(year)/Annotations"
      let pictures = place.tree.find("JPEGImages", in: year) ?? "\(year)/JPEGImages"
      var names = try names(list, annotations, pictures, report: &report)
      if lists.whole != nil { names = SeededSplit(names, seed: seed)[split] }
      for name in names {
        let annotation = place.tree.find("\(name).xml", in: annotations)
        if annotation != nil { isLabeled = true }
        entries.append(
          Entry(
            name: name, annotation: annotation ?? "\(annotations)/\(name).xml",
            picture: hasImageFolder ? nil : picture(name, in: pictures), folders: [pictures]))
      }
    }
    if try split == splits().first { try reportUnlisted(&report) }
    let files = files.load()
    let isUnlabeled = !isLabeled
    return SplitContent(imageCount: entries.count) { [entries] index, report in
      let entry = entries[index]
      return AnnotatedImage(
        voc: entry.name, file: entry.annotation, picture: entry.picture, folders: entry.folders,
        isUnlabeled: isUnlabeled, files: files, report: &report)
    }
  }

  /// Annotations that no list names, as VOC has them for its other tasks, one line a year; and each
  /// picture that has neither.
  private func reportUnlisted(_ report: inout DatasetReport) throws {
    for year in years {
      guard let annotations = place.tree.find("Annotations", in: year) else { continue }
      let pictures = place.tree.find("JPEGImages", in: year) ?? "\(year)/JPEGImages"
      var listed: Set<String> = []
      var ignored = DatasetReport()
      // Named, and with −1 none of the list's images.
      var named: Set<String> = []
      func key(_ name: String) -> String {
        name.composed.lowercased()
      }
      for var list in lists[year]?.all ?? [] {
        listed.formUnion(try names(list, annotations, pictures, report: &ignored).map(key))
        list.hasOthers = true
        named.formUnion(try names(list, annotations, pictures, report: &ignored).map(key))
      }
      let unlisted = place.tree.files(below: annotations).filter {
        $0.fileExtension == "xml" && !listed.contains(key($0.withoutExtension))
      }
      if let first = unlisted.first {
        let others = unlisted.count { named.contains(key($0.withoutExtension)) }
        report.add(
          .unlisted, annotations,
          "\(unlisted.count) in no list of ImageSets, \(first) the first"
            + (others > 0 ? "; lists have −1 behind \(others) of them" : ""))
      }
      let others = OtherLabels(place)
      for picture in place.tree.files(below: pictures) where picture.isImagePath {
        let name = picture.withoutExtension
        guard
          !listed.contains(key(name)), place.tree.find("\(name).xml", in: annotations) == nil
        else { continue }
        let path = "\(pictures)/\(picture)"
        report.add(
          .unlistedImage, path,
          others.reason(of: path, "in no list of ImageSets, and without an annotation"))
      }
    }
  }

  private func picture(_ name: String, in folder: String) -> String? {
    for ending in ImageFile.extensions {
      if let found = place.tree.find("\(name).\(ending)", in: folder) { return found }
    }
    return nil
  }

  /// The names in a list, each once.
  private func names(
    _ list: VOCLists.List, _ annotations: String, _ pictures: String,
    report: inout DatasetReport
  ) throws -> [String] {
    func isThere(_ name: String) -> Bool {
      place.tree.find("\(name).xml", in: annotations) != nil
        || picture(name, in: pictures) != nil
    }
    var seen: Set<String> = []
    var result: [String] = []
    for file in list.files {
      var ofFile: Set<String> = []
      for (index, line) in try TextFile(file).lines.enumerated() {
        guard
          let name = VOCLists.name(in: line, isMember: list.hasOthers, isThere: isThere)
        else { continue }
        guard ofFile.insert(name).inserted else {
          report.add(.duplicate, file, "line \(index + 1): \(name) a second time")
          continue
        }
        // The lists of other classes name it as well.
        if seen.insert(name).inserted { result.append(name) }
      }
    }
    return result
  }

  static func writer(into folder: OutputFolder) -> (any LabelWriter)? { Writer(folder: folder) }

  private struct Writer: LabelWriter {
    let folder: OutputFolder

    func imageFolder(split: String) -> String { "JPEGImages" }

    func check(split: String, classNames: [String]) throws {
      try refuse(classNames, in: "\(folder.path)/Annotations", "Pascal VOC's labels")
    }

    func add(
      _ image: DatasetImage, fileName: String, split: String, classNames: ClassNames
    ) throws {
      try folder.write(
        VOCAnnotation.data(of: image, fileName: fileName, classNames: classNames),
        to: "Annotations/\(fileName.withoutExtension).xml")
    }

    func finish(split: String, fileNames: [String], classNames: ClassNames) throws {
      try folder.write(
        lines: fileNames.map(\.withoutExtension), to: "ImageSets/Main/\(split).txt")
    }
  }
}
