import Files
import Foundation
import ImageFiles
import MultiBox

/// CVAT's XML 1.1, of images and of videos.
///
/// | element | read as |
/// | --- | --- |
/// | `box` | a box; a turned one as its upright box |
/// | `polygon`, `mask`, `ellipse`, `cuboid` | its upright box |
/// | `points`, `polyline`, `skeleton`, `tag` | counted, left out |
/// | `box` of a `track` with `outside="1"` | not there |
///
/// Classes stand in the order of the project's labels. The attributes `difficult` and `is_crowd`,
/// ticked, are the flags of these names. A split is the image's `subset`, else the task's, else a
/// folder called like one, else the name of a file called like one; without any, a seed chooses.
/// Frames of a video are `frame_000000` and so on, in `images`, or the one series of numbered
/// pictures there; one without a shape has no objects.
struct CVATFormat: LabelFormat {
  static let name = "cvat"
  static let title = "CVAT"
  static let hallmark = "CVAT's XML 1.1, <annotations> with images or tracks"
  static let canHold: LabelContent = [
    .difficult, .crowds, .splits, .classList, .emptyImages,
  ]

  fileprivate struct Image: Sendable {
    var frame: CVATDocument.Frame
    var file: String
    var split: String?
  }

  private let place: DatasetPlace
  private let classNames: [String]?
  private let images: [Image]
  /// For each picture the numbers of its images, more than one where several files have it.
  private let pictures: [[Int]]
  private let chosen: SplitChoice
  /// Files of no image's name that hold nothing.
  private let unread: [DatasetProblem]

  static func recognize(_ place: DatasetPlace) -> Recognition {
    files(of: place).isEmpty ? .differs : .fits
  }

  private static func files(of place: DatasetPlace) -> [String] {
    candidates(of: place).filter(CVATDocument.isPlausible)
  }

  private static func candidates(of place: DatasetPlace) -> [String] {
    if let file = place.file { return file.fileExtension == "xml" ? [file] : [] }
    let all = place.allFiles()
    let candidates = all.filter { $0.fileExtension == "xml" }
    guard !candidates.isEmpty else { return [] }
    // A file of the name of an image is of that image alone.
    let stems = Set(all.filter(\.isImagePath).map(\.lastPart.withoutExtension))
    return candidates.filter { !stems.contains($0.lastPart.withoutExtension) }
      .map { "\(place.folder)/\($0)" }
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    self.place = place
    let files = place.file.map { [$0] } ?? Self.files(of: place)
    guard !files.isEmpty else {
      throw DatasetError.missing(
        path: place.path, expected: "expected CVAT's XML with <annotations>, found none")
    }
    unread = Set(Self.candidates(of: place)).subtracting(files).sorted().compactMap { file in
      LabelFileFault.reason(file).map {
        DatasetProblem(kind: .unreadableAnnotation, file: file, reason: $0)
      }
    }
    let documents = try files.map(CVATDocument.init(contentsOf:))
    classNames = Self.classNames(documents)
    var images: [Image] = []
    for document in documents {
      for frame in Self.frames(of: document, place, imageFolder: options.imageFolder) {
        images.append(
          Image(
            frame: frame, file: document.path,
            split: Self.split(of: frame, document, files: files, place)))
      }
    }
    self.images = images
    // Each split joins what its files say of a picture.
    let finder = ImageFinder(place, imageFolder: options.imageFolder)
    let same = SamePictures(images.map(\.annotated), finder: finder)
    pictures = same.groups.flatMap { group in
      Dictionary(grouping: group) { images[$0].split }.values.sorted { $0[0] < $1[0] }
    }
    chosen = SplitChoice(pictures.map { images[$0[0]].split }, seed: options.splitSeed)
  }

  /// The labels of all files; objects of a file that lists none bring theirs.
  private static func classNames(_ documents: [CVATDocument]) -> [String]? {
    guard documents.contains(where: { $0.labels != nil }) else { return nil }
    var result: [String] = []
    for document in documents {
      let own =
        document.labels
        ?? Set(
          document.frames.flatMap(\.objects).compactMap { object -> String? in
            if case .name(let name) = object.label { return name }
            return nil
          }
        ).sorted()
      for name in own where !result.contains(name) { result.append(name) }
    }
    return result
  }

  /// The images of a file; of a video also the frames that lie there and that no track names.
  private static func frames(
    of document: CVATDocument, _ place: DatasetPlace, imageFolder: String?
  ) -> [CVATDocument.Frame] {
    guard document.isVideo else { return document.frames }
    let folder = imageFolder ?? document.path.parentFolder
    let pictures = place.tree.files(below: folder).filter(\.isImagePath)
    let known = Set(document.frames.compactMap(\.number))
    let series = CVATVideoPictures(
      pictures.map { "\(folder)/\($0)" }, frames: known, lastFrame: document.lastFrame)
    let named = document.frames.map { frame in
      var frame = frame
      frame.picture = frame.number.flatMap { series.paths[$0] }
      frame.absence = series.absence
      return frame
    }
    guard series.paths.isEmpty else {
      let empty = series.paths.filter { !known.contains($0.key) }.sorted { $0.key < $1.key }
      return
        (named
        + empty.map { number, path in
          CVATDocument.Frame(
            name: CVATDocument.frameName(number), number: number, picture: path)
        }).map { frame in
          var frame = frame
          if frame.picture != nil { frame.report.add(.numberedFrame) }
          return frame
        }
    }
    let names = pictures.map(\.lastPart.withoutExtension).filter { name in
      guard name.hasPrefix("frame_"), let number = Int(name.dropFirst("frame_".count)) else {
        return false
      }
      return !known.contains(number) && CVATDocument.frameName(number) == name
    }
    return named + names.map { CVATDocument.Frame(name: $0) }
  }

  private static func split(
    of frame: CVATDocument.Frame, _ document: CVATDocument, files: [String],
    _ place: DatasetPlace
  ) -> String? {
    for subset in [frame.subset, document.subset] {
      // CVAT's name for none.
      if let subset, !subset.isEmpty, subset.lowercased() != "default" { return subset }
    }
    let folder = document.path.parentFolder
    let below =
      folder.hasPrefix(place.folder + "/") ? String(folder.dropFirst(place.folder.count + 1)) : ""
    if let named = SplitFolders(["\(below)/\(frame.name)"]).names.first { return named }
    let stem = document.path.lastPart.withoutExtension
    return SplitFolders.isUsual(stem) ? stem : nil
  }

  func splits() -> [String] { chosen.names }

  func seededSplit() -> String? {
    chosen.isSeeded ? "no subset, folder or file is called train, val or test" : nil
  }

  func content(of split: String, report: inout DatasetReport) throws -> SplitContent {
    chosen.reportOutside(of: place, report: &report) { images[pictures[$0][0]].frame.name }
    let members = chosen[split].map { pictures[$0].map { images[$0] } }
    return SplitContent(classNames: classNames, imageCount: members.count) { index, report in
      for image in members[index] { report.add(image.frame.report) }
      let images = members[index].map { image in
        image.frame.report.count(of: .unreadableAnnotation) == 0 ? image.annotated : nil
      }
      return AnnotatedImage.joined(images, report: &report)
    }
  }

  func unreadFiles() -> [DatasetProblem] { unread }

  func listedImages(of split: String) -> [AnnotatedImage]? {
    (chosen[split] + chosen.outsiders).flatMap { pictures[$0].map { images[$0].annotated } }
  }

  static func writer(into folder: OutputFolder) -> (any LabelWriter)? { CVATWriter(folder) }
}

extension CVATFormat.Image {
  fileprivate var annotated: AnnotatedImage {
    let folder = file.parentFolder
    var folders = ["\(folder)/images", folder]
    if let subset = frame.subset ?? split {
      folders = ["\(folder)/images/\(subset)", "\(folder)/\(subset)"] + folders
    }
    var image = AnnotatedImage(
      name: (frame.picture?.lastPart ?? frame.name).withoutImageExtension,
      picture: frame.picture.map { .file($0) } ?? .written(frame.name, folders: folders),
      annotation: file, size: frame.size, objects: frame.objects)
    image.absence = frame.absence
    return image
  }
}

extension String {
  /// A path without its ending, where that is one of an image.
  var withoutImageExtension: String { isImagePath ? withoutExtension : self }
}
