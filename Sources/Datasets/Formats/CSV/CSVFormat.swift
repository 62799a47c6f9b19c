import Files
import Foundation
import ImageFiles
import MultiBox

/// Tables of labels, a row for each object, in the dialects that ``CSVDialect`` lists.
///
/// The split is told by the name of the file (`train.csv`, `train_labels.csv`,
/// `annotations_train.csv`), by a folder (`train/_annotations.csv`), by a column, by the folders of
/// the images; where nothing says it, a seed chooses. A row without coordinates is an image without
/// objects; an image that no row names is left out.
struct CSVFormat: LabelFormat {
  static let name = "csv"
  static let title = "CSV"
  static let hallmark = "tables with columns for image, class and corners"
  static let canHold: LabelContent = [.splits, .classList, .emptyImages]
  static let holdsObjectsOnce = true

  /// The class of a table without a column for it.
  static let onlyClass = "object"

  private let place: DatasetPlace
  private let seed: UInt64
  private let files: CSVFiles

  static func recognize(_ place: DatasetPlace) -> Recognition {
    let found = CSVFiles.look(at: place)
    if !found.tables.isEmpty { return .fits }
    if let first = found.unread.first { return .near("\(first.file.lastPart): \(first.reason)") }
    guard let first = CSVFiles.candidates(of: place).first, let text = TextFile.head(of: first)
    else { return .differs }
    return .near("\(first.lastPart): \(CSVFiles.misfit(text))")
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    self.place = place
    seed = options.splitSeed
    files = try CSVFiles(place, firstPixel: options.firstPixel)
    guard !files.tables.isEmpty else {
      if let first = files.unread.first {
        throw DatasetError.missing(path: first.file, expected: first.reason)
      }
      throw DatasetError.missing(
        path: place.path,
        expected: "expected a table with columns for image, class and corners,"
          + " as filename,width,height,class,xmin,ymin,xmax,ymax, found none")
    }
  }

  func splits() throws -> [String] { try files.images(in: place, seed: seed).names }

  func seededSplit() throws -> String? {
    try files.images(in: place, seed: seed).isSeeded
      ? "no file, column or folder is called train, val or test" : nil
  }

  func content(of split: String, report: inout DatasetReport) throws -> SplitContent {
    let splits = try files.images(in: place, seed: seed)
    let part = splits.images(of: split)
    report.add(files.classReport)
    report.add(part.report)
    let images = part.images.map { picture in
      var image = picture.image
      image.annotated?.picture = .written(
        image.written, folders: folders(of: picture.table, split: split))
      return image
    }
    return SplitContent(
      classNames: files.classNames, imageCount: images.count
    ) { index, report in
      report.add(images[index].report)
      return images[index].annotated
    }
  }

  func listedImages(of split: String) throws -> [AnnotatedImage]? {
    let splits = try files.images(in: place, seed: seed)
    return (splits.images(of: split).images + splits.outsiders).map { picture in
      let written = picture.image.written
      return AnnotatedImage(
        name: written,
        picture: .written(written, folders: folders(of: picture.table, split: split)),
        annotation: picture.table)
    }
  }

  func unreadFiles() -> [DatasetProblem] { files.unread }

  /// Where images of a table are looked for.
  private func folders(of table: String, split: String) -> [String] {
    let beside = table.parentFolder
    return [beside, place.folder].flatMap { base in
      ["/\(split)", "/images/\(split)", ""].map { base + $0 }
    }
  }

  static func writer(into folder: OutputFolder) -> (any LabelWriter)? {
    CSVLabelWriter(folder: folder)
  }
}
