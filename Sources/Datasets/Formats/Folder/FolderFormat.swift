import Files
import Foundation
import ImageFiles
import MultiBox

/// Images with Pascal VOC's XML files beside them, or in folders of their own: `images/a.jpg` with
/// `annotations/a.xml`.
///
/// Folders called `train`, `val` or `test` are splits; without any, a seed chooses four fifths as
/// `train` and the rest as `test`. An image without a file is left out, but in a split in which no
/// image has one: that is a split of images.
struct FolderFormat: LabelFormat {
  static let name = "folder"
  static let title = "images with XML files"
  static let hallmark = "images and XML files of the same names, beside them or in a folder"
  static let canHold: LabelContent = [.difficult, .splits, .emptyImages]

  private let place: DatasetPlace
  private let seed: UInt64
  private let files: VOCAnnotationFiles
  /// Paths below `imageRoot`, which is the dataset's folder but where it holds labels alone.
  private let images: [String]
  private let imageRoot: String
  private let annotations: AnnotationPaths

  static func recognize(_ place: DatasetPlace) -> Recognition {
    guard place.file == nil else { return .differs }
    let files = place.allFiles()
    let images = files.filter(\.isImagePath)
    guard !images.isEmpty else { return isLabels(files, of: place) ? .fits : .differs }
    let annotations = AnnotationPaths(files)
    if images.contains(where: { annotations.path(for: $0) != nil }) { return .fits }
    return .near(
      "\(images.count) images, but no XML file of the name of one, as \(images[0].withoutExtension).xml"
    )
  }

  /// Whether a folder holds XML files of images that are elsewhere, and no other labels.
  private static func isLabels(_ files: [String], of place: DatasetPlace) -> Bool {
    let others: Set = ["csv", "tsv", "json", "tfrecord", "record"]
    guard let first = files.first(where: { $0.fileExtension == "xml" }),
      !files.contains(where: { others.contains($0.fileExtension) }),
      let data = try? InputFile.contents("\(place.folder)/\(first)")
    else { return false }
    return (try? VOCAnnotation(data)) != nil
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    self.place = place
    seed = options.splitSeed
    let labels = place.allFiles().filter { $0.fileExtension == "xml" }
    (imageRoot, images) = try PairedText.images(of: place, options)
    files = VOCAnnotationFiles(
      labels.map { "\(place.folder)/\($0)" }, firstPixel: options.firstPixel)
    var named: [String: String] = [:]
    // Only where two images may be meant do the files tell which.
    if Set(images.lazy.map(\.lastPart.withoutExtension)).count < images.count {
      let annotation = files.load().annotation
      for label in labels {
        let name = (try? annotation("\(place.folder)/\(label)")?.get())?.imageName
        if let name, name.isImagePath { named[label] = name }
      }
    }
    annotations = AnnotationPaths(images: images, labels: labels, named: named)
  }

  func splits() throws -> [String] {
    guard !images.isEmpty else { return [] }
    let folders = SplitFolders(images)
    return folders.isEmpty ? ["test", "train"] : folders.names
  }

  func seededSplit() throws -> String? {
    SplitFolders(images).isEmpty ? "no folder is called train, val or test" : nil
  }

  /// A split tells of each of its images, and of those that are in none.
  func listedImages(of split: String) -> [AnnotatedImage]? {
    let folders = SplitFolders(images)
    let told =
      folders.isEmpty
      ? SeededSplit(images, seed: seed)[split]
      : images.filter { [split, nil].contains(folders.split(of: $0)) }
    return told.map { AnnotatedImage(path: "\(imageRoot)/\($0)") }
  }

  func content(of split: String, report: inout DatasetReport) throws -> SplitContent {
    let folders = SplitFolders(images)
    let chosen =
      folders.isEmpty
      ? SeededSplit(images, seed: seed)[split] : images.filter { folders.split(of: $0) == split }
    SplitChoice(images.map(folders.split), seed: seed)
      .reportOutside(of: place, report: &report) { images[$0] }
    let unread = UnreadPictures(place)
    for orphan in self.annotations.unused
    where (folders.split(of: orphan.path) ?? folders.names.first ?? "train") == split {
      report.add(.labelsWithoutImage, "\(place.folder)/\(orphan.path)", unread.reason(orphan))
    }
    let (root, imageRoot, annotations) = (place.folder, imageRoot, annotations)
    // A split without any label is one of images alone.
    let isUnlabeled =
      !folders.isEmpty
      && !chosen.contains { annotations.path(for: $0) != nil || annotations.ambiguous[$0] != nil }
    let files = files.load()
    let others = OtherLabels(
      place, besides: Set(place.allFiles().filter { $0.fileExtension == "xml" }))
    let twins = AnnotationPaths.twins(images, label: annotations.path(for:))
    let all = Set(images)
    return SplitContent(imageCount: chosen.count) { index, report in
      let image = chosen[index]
      if let several = annotations.ambiguous[image] {
        report.add(
          .disagreement, "\(imageRoot)/\(image)",
          "several XML files of this name: \(several.joined(separator: ", "))")
        return nil
      }
      let path = "\(imageRoot)/\(image)"
      let own = annotations.path(for: image)
      let annotation = own ?? "\(image.withoutExtension).xml"
      let named = (try? files.annotation("\(root)/\(annotation)")?.get())?.imageName
      func notIts(_ named: String) -> String {
        "no XML file of its name; \(annotation) is of \(named), as it says"
      }
      guard own != nil || isUnlabeled else {
        report.add(
          .unlistedImage, path,
          named.map(notIts) ?? others.reason(of: path, "no XML file of its name"))
        return nil
      }
      if let named, named != image.lastPart,
        all.contains("\(image.dropLast(image.lastPart.count))\(named)")
      {
        if twins[image]?.contains(where: { $0.lastPart == named }) == true {
          report.add(.unlistedImage, path, notIts(named))
          return nil
        }
        report.add(
          .disagreement, "\(root)/\(annotation)",
          "filename is \(named), which is there, but the file has the name of \(image.lastPart)")
      } else if let twins = twins[image], named != image.lastPart {
        report.add(.disagreement, "\(root)/\(annotation)", AnnotationPaths.reason(twins: twins))
      }
      return AnnotatedImage(
        voc: image.lastPart.withoutExtension, file: "\(root)/\(annotation)",
        picture: path, folders: [], isUnlabeled: isUnlabeled, files: files,
        report: &report)
    }
  }

  static func writer(into folder: OutputFolder) -> (any LabelWriter)? { Writer(folder: folder) }

  private struct Writer: LabelWriter {
    let folder: OutputFolder

    func imageFolder(split: String) -> String { split }

    func check(split: String, classNames: [String]) throws {
      try refuse(classNames, in: "\(folder.path)/\(split)", "XML files")
    }

    func add(
      _ image: DatasetImage, fileName: String, split: String, classNames: ClassNames
    ) throws {
      try folder.write(
        VOCAnnotation.data(of: image, fileName: fileName, classNames: classNames),
        to: "\(split)/\(fileName.withoutExtension).xml")
    }

    func finish(split: String, fileNames: [String], classNames: ClassNames) {}
  }
}
