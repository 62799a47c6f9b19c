import Files
import Foundation
import ImageFiles
import MultiBox
import Synchronization

/// Folders with COCO's JSON, as COCO itself and the tools that export it lay them out: see
/// ``COCOFiles``.
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
  private let seed: UInt64
  private let files: COCOFiles
  /// The images of the splits that were read, for a second look without the annotations.
  private let listed = Listed()

  private final class Listed: Sendable {
    let images = Mutex([String: [AnnotatedImage]]())
    /// A file of several splits is read once.
    let whole = Mutex((content: COCOContent, choice: SplitChoice)?.none)
  }

  static func recognize(_ place: DatasetPlace) -> Recognition {
    if !COCOFiles(place).isEmpty { return .fits }
    return COCOFiles.nearest(of: place).map { .near($0) } ?? .differs
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    self.place = place
    seed = options.splitSeed
    files = place.file.map(COCOFiles.init(file:)) ?? COCOFiles(place)
  }

  func splits() throws -> [String] {
    try files.whole.map { try whole($0).choice.names } ?? files.splits.keys.sorted()
  }

  func seededSplit() throws -> String? {
    guard let file = files.whole, try whole(file).choice.isSeeded else { return nil }
    return "no file or folder is called train, val or test"
  }

  /// Reads a file of all splits: which images are in which.
  private func whole(_ file: String) throws -> (content: COCOContent, choice: SplitChoice) {
    if let known = listed.whole.withLock({ $0 }) { return known }
    let content = try COCOContent(file)
    let paths = LabelEntries.withoutSharedRoot(content.images.map { $0.fileName ?? "" })
    let folders = SplitFolders(paths)
    let read = (content, SplitChoice(paths.map(folders.split), seed: seed))
    listed.whole.withLock { $0 = read }
    return read
  }

  /// A split's file and what is in it.
  private struct Part {
    let file: String
    let content: COCOContent
    /// The numbers of the split's images.
    let images: [Int]
    /// Of a file of several splits; nil for a split's own.
    var choice: SplitChoice?
  }

  private func part(of split: String) throws -> Part {
    if let file = files.whole {
      let (content, choice) = try whole(file)
      return Part(file: file, content: content, images: choice[split], choice: choice)
    }
    guard let file = files.splits[split] else {
      throw DatasetError.unknownSplit(path: place.path, split: split, known: try splits())
    }
    let content = try COCOContent(file)
    return Part(file: file, content: content, images: Array(content.images.indices))
  }

  func listedImages(of split: String) throws -> [AnnotatedImage]? {
    if let known = listed.images.withLock({ $0[split] }) { return known }
    return images(of: split, try part(of: split))
  }

  /// The images of a split, and behind them those that are in none.
  private func images(of split: String, _ part: Part) -> [AnnotatedImage] {
    let folders = [
      part.file.parentFolder, "\(place.folder)/\(split)", "\(place.folder)/images/\(split)",
      "\(place.folder)/images", place.folder,
    ]
    let images = (part.images + (part.choice?.outsiders ?? [])).map { number in
      let image = part.content.images[number]
      let name = image.fileName ?? ""
      return AnnotatedImage(
        name: name.withoutExtension, picture: .written(name, folders: folders),
        annotation: part.file, size: PixelSize(width: image.width, height: image.height))
    }
    listed.images.withLock { $0[split] = images }
    return images
  }

  func content(of split: String, report: inout DatasetReport) throws -> SplitContent {
    let part = try part(of: split)
    let (file, content) = (part.file, part.content)
    // Without annotations, as COCO's own lists of test images, it is a split of images.
    let isUnlabeled = content.missingLists == ["annotations"]
    if let key = content.missingLists.first, !isUnlabeled {
      throw FileError(path: file, reason: "\(key): missing")
    }
    let (names, classes) = content.classes()
    // What concerns a file of several splits is told with the first.
    let isFirst = part.choice.map { $0.names.first == split } ?? true
    for name in Set(names).sorted()
    where isFirst && names.count(where: { $0 == name }) > 1 {
      report.add(.disagreement, file, "categories: \(name) stands there twice: two classes")
    }
    part.choice?.reportOutside(of: place, report: &report) {
      content.images[$0].fileName ?? "images[\($0)]"
    }
    var ofImage = [[Int]](repeating: [], count: content.images.count)
    for (index, annotation) in content.annotations.enumerated() {
      guard let image = content.imageIndex(of: annotation) else {
        if isFirst {
          report.add(
            .missingFile, file,
            "annotations[\(index)].image_id: no image of id \(content.imageID(of: annotation))")
        }
        continue
      }
      ofImage[image].append(index)
    }
    let images = images(of: split, part)
    return SplitContent(classNames: Array(names), imageCount: part.images.count) {
      [ofImage] position, report in
      var image = images[position]
      let index = part.images[position]
      guard !image.name.isEmpty else {
        report.add(.missingFile, file, "images[\(index)]: expected a file_name, found none")
        return nil
      }
      image.isUnlabeled = isUnlabeled
      // Not understood, and so not taken for an image without the object.
      let malformed = ofImage[index].compactMap { position in
        content.malformedBoxes[position].map { (position, $0) }
      }
      for (position, reason) in malformed {
        report.add(.unreadableAnnotation, file, "annotations[\(position)].bbox: \(reason)")
      }
      guard malformed.isEmpty else { return nil }
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
        "\(place).bbox: missing, and no polygons or mask to take it from")
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
