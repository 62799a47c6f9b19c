import Files
import Foundation
import ImageFiles
import MultiBox
import Synchronization

/// Folders with COCO's JSON, as COCO itself and the tools that export it lay them out.
///
/// | files | split |
/// | --- | --- |
/// | `annotations/instances_SPLIT.json`, `annotations/SPLIT.json` | SPLIT |
/// | `SPLIT/_annotations.coco.json`, images beside it | SPLIT |
/// | `instances_SPLIT.json`, `SPLIT.json` | SPLIT |
/// | a JSON file given instead of a folder | its name |
///
/// Images are looked for beside the file, in `SPLIT`, `images/SPLIT`, `images` and the folder
/// itself, and wherever one file of their name is.
struct COCOFormat: LabelFormat {
  static let name = "coco"
  static let title = "COCO"
  static let hallmark = "JSON with images, annotations and categories"
  static let canHold: LabelContent = [
    .difficult, .crowds, .areas, .splits, .classList, .emptyImages,
  ]

  private let place: DatasetPlace
  private let files: [String: String]
  /// The images of the splits that were read, for a second look without the annotations.
  private let listed = Listed()

  private final class Listed: Sendable {
    let images = Mutex([String: [AnnotatedImage]]())
  }

  static func recognize(_ place: DatasetPlace) -> Recognition {
    files(of: place).isEmpty ? .differs : .fits
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    self.place = place
    files =
      place.file.map { [Self.split(of: $0): $0] } ?? Self.files(of: place)
  }

  func splits() -> [String] { files.keys.sorted() }

  /// The annotation file of each split.
  private static func files(of place: DatasetPlace) -> [String: String] {
    if let file = place.file {
      return file.fileExtension == "json" && looksLikeInstances(file)
        ? [split(of: file): file] : [:]
    }
    var result: [String: String] = [:]
    for folder in place.folders {
      if let file = place.find("\(folder)/_annotations.coco.json") { result[folder] = file }
    }
    for folder in [place.find("annotations"), place.folder].compactMap({ $0 })
    where result.isEmpty {
      let names = (place.tree.listing(folder)?.files ?? []).filter { name in
        // COCO's folder holds other tasks of the same images, too.
        name.fileExtension == "json" && !others.contains(where: name.hasPrefix)
      }
      let files = names.map { "\(folder)/\($0)" }.filter(looksLikeInstances)
      for (split, files) in Dictionary(grouping: files, by: Self.split(of:)) {
        // `train.json` beside `instances_train.json`: each keeps its own name.
        for file in files {
          result[files.count == 1 ? split : file.lastPart.withoutExtension] = file
        }
      }
    }
    return result
  }

  private static let others = [
    "captions_", "person_keypoints_", "panoptic_", "image_info_", "stuff_",
  ]

  private static func split(of file: String) -> String {
    let stem = file.lastPart.withoutExtension
    return stem.hasPrefix("instances_") ? String(stem.dropFirst("instances_".count)) : stem
  }

  /// Other JSON files may lie in the same folder; annotations name their keys early or late, so the
  /// whole text is searched, unless the name tells: COCO's own files are of hundreds of megabytes.
  private static func looksLikeInstances(_ file: String) -> Bool {
    if file.lastPart.hasPrefix("instances_") { return true }
    guard let data = try? JSONFile.contents(file) else { return false }
    return data.range(of: Data("\"annotations\"".utf8)) != nil
      && data.range(of: Data("\"categories\"".utf8)) != nil
  }

  private func file(of split: String) throws -> String {
    guard let file = files[split] else {
      throw DatasetError.unknownSplit(path: place.path, split: split, known: splits())
    }
    return file
  }

  func listedImages(of split: String) throws -> [AnnotatedImage]? {
    if let known = listed.images.withLock({ $0[split] }) { return known }
    let file = try file(of: split)
    return listedImages(of: split, try COCOContent(file), file)
  }

  private func listedImages(
    of split: String, _ content: COCOContent, _ file: String
  ) -> [AnnotatedImage] {
    let folders = [
      file.parentFolder, "\(place.folder)/\(split)", "\(place.folder)/images/\(split)",
      "\(place.folder)/images", place.folder,
    ]
    let images = content.images.map { image in
      let name = image.fileName ?? ""
      return AnnotatedImage(
        name: name.withoutExtension, picture: .written(name, folders: folders), annotation: file,
        size: PixelSize(width: image.width, height: image.height))
    }
    listed.images.withLock { $0[split] = images }
    return images
  }

  func content(of split: String, report: inout DatasetReport) throws -> SplitContent {
    let file = try file(of: split)
    let content = try COCOContent(file)
    // Without annotations, as COCO's own lists of test images, it is a split of images.
    let isUnlabeled = content.missingLists == ["annotations"]
    if let key = content.missingLists.first, !isUnlabeled {
      throw FileError(path: file, reason: "\(key): missing")
    }
    let (names, classes) = content.classes()
    for name in Set(names).sorted() where names.count(where: { $0 == name }) > 1 {
      report.add(.disagreement, file, "categories: \(name) stands there twice: two classes")
    }
    var ofImage = [[Int]](repeating: [], count: content.images.count)
    for (index, annotation) in content.annotations.enumerated() {
      guard let image = content.imageIndex(of: annotation) else {
        report.add(
          .missingFile, file,
          "annotations[\(index)].image_id: no image of id \(content.imageID(of: annotation))")
        continue
      }
      ofImage[image].append(index)
    }
    let images = listedImages(of: split, content, file)
    return SplitContent(classNames: Array(names), imageCount: images.count) {
      [ofImage] index, report in
      var image = images[index]
      guard !image.name.isEmpty else {
        report.add(.missingFile, file, "images[\(index)]: expected a file_name, found none")
        return nil
      }
      image.isUnlabeled = isUnlabeled
      image.objects = ofImage[index].compactMap { position in
        Self.object(
          position, of: content, file: file, classes: classes, names: names, report: &report)
      }
      return image
    }
  }

  private static func object(
    _ position: Int, of content: COCOContent, file: String, classes: [Int],
    names: ClassNames, report: inout DatasetReport
  ) -> AnnotatedObject? {
    let annotation = content.annotations[position]
    let place = "annotations[\(position)]"
    guard let own = content.categoryIndex(of: annotation).map({ classes[$0] }) else {
      report.add(
        .unknownName, file,
        "\(place): expected one of \(names.listed),"
          + " found category_id \(content.categoryID(of: annotation))")
      return nil
    }
    guard let box = annotation.box else {
      report.add(
        .boxWithoutArea, file,
        "\(place).bbox: "
          + (content.malformedBoxes[position] ?? "missing, and no polygons or mask to take it from")
      )
      return nil
    }
    if annotation.boxSource == .segment { report.add(.polygon) }
    var object = AnnotatedObject(
      .number(own), .pixels(box), place: place, written: "bbox \(annotation.sides)")
    object.isDifficult = annotation.isDifficult
    object.isCrowd = annotation.isCrowd
    object.area = annotation.area
    object.boxArea = annotation.sides.area
    return object
  }

  static func writer(into folder: OutputFolder) -> (any LabelWriter)? { Writer(folder: folder) }

  private struct Writer: LabelWriter {
    let folder: OutputFolder
    private var images: [DatasetImage] = []

    init(folder: OutputFolder) { self.folder = folder }

    func imageFolder(split: String) -> String { "images/\(split)" }

    mutating func add(
      _ image: DatasetImage, fileName: String, split: String, classNames: ClassNames
    ) {
      images.append(image)
    }

    mutating func finish(split: String, fileNames: [String], classNames: ClassNames) throws {
      let instances = COCOInstances(
        DetectionDataset(classNames: classNames, images: images), fileNames: fileNames)
      try folder.write(instances.data(), to: "annotations/instances_\(split).json")
      images = []
    }
  }
}
