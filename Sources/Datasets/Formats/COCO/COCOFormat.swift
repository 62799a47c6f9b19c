import Files
import Foundation
import ImageFiles
import MultiBox

/// Folders with COCO's JSON, as COCO itself and the tools that export it lay them out: see
/// ``COCOFiles``.
///
/// Images are looked for beside the file, in `SPLIT`, `images/SPLIT`, `images` and the folder
/// itself, and wherever one file of their name is. Several files of the same pictures, as one for
/// each category, are joined.
struct COCOFormat: LabelFormat {
  static let name = "coco"
  static let title = "COCO"
  static let hallmark = "JSON with images, annotations and categories"
  static let canHold: LabelContent = [
    .difficult, .crowds, .areas, .splits, .classList, .emptyImages,
  ]

  private let place: DatasetPlace
  private let splitsOfFiles: COCOSplits

  static func recognize(_ place: DatasetPlace) -> Recognition {
    if !COCOFiles(place).isEmpty { return .fits }
    return COCOFiles.nearest(of: place).map { .near($0) } ?? .differs
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    self.place = place
    splitsOfFiles = COCOSplits(place, options: options)
  }

  func splits() throws -> [String] { try splitsOfFiles.names() }

  func seededSplit() throws -> String? {
    try splitsOfFiles.isSeeded() ? "no file or folder is called train, val or test" : nil
  }

  func listedImages(of split: String) throws -> [AnnotatedImage]? {
    try splitsOfFiles.listedImages(of: split)
  }

  func unreadFiles() -> [DatasetProblem] { splitsOfFiles.unread }

  func content(of split: String, report: inout DatasetReport) throws -> SplitContent {
    let part = try splitsOfFiles.part(of: split)
    // What concerns files of several splits is told with the first.
    let isFirst = part.choice.map { $0.names.first == split } ?? true
    if let first = part.outsiders.first {
      let image = part.sources[first.first.source].content.images[first.first.number]
      report.add(
        .disagreement, place.path,
        part.outsiders.count.counted("image|images in none of the splits,")
          + " \(image.fileName ?? "images[\(first.first.number)]") the first")
    }
    let labels = try part.sources.map {
      try COCOLabels($0, isFirst: isFirst, report: &report)
    }
    let classes = JoinedClasses(labels.map { Array($0.names) })
    return SplitContent(classNames: classes.names, imageCount: part.pictures.count) {
      index, report in
      let images = part.pictures[index].images.map { image in
        labels[image.source].image(
          image.number, as: part.sources[image.source].images[image.number], report: &report
        ).map { annotated in
          labels.count == 1
            ? annotated : annotated.relabeled { classes.label($0, ofList: image.source) }
        }
      }
      return AnnotatedImage.joined(images, report: &report)
    }
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
