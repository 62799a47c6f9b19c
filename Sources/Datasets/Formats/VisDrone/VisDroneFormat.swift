import Files
import Foundation
import ImageFiles
import MultiBox

/// VisDrone's text annotations of single images: `VisDrone2019-DET-train/images/x.jpg` with
/// `annotations/x.txt`.
///
/// A row is left, top, width, height, score, category, truncation and occlusion. Category 0 is a
/// region that the benchmark ignores, a crowd of every class here; category 11, *others*, is none
/// of the ten classes that it measures, and left out; an object of score 0 is not measured, and is
/// difficult here.
struct VisDroneFormat: LabelFormat {
  static let name = "visdrone"
  static let title = "VisDrone"
  static let hallmark = "annotations/*.txt of VisDrone's eight numbers with commas"
  static let canHold: LabelContent = []

  /// Categories 1…10.
  private static let classNames = [
    "pedestrian", "people", "bicycle", "car", "van", "truck", "tricycle", "awning-tricycle", "bus",
    "motor",
  ]

  private let files: PairedText

  static func recognize(_ place: DatasetPlace) -> Recognition {
    guard place.file == nil else { return .differs }
    return TextLabels.recognize(place, labels(of: place), isRow: isRow)
  }

  private static func labels(of place: DatasetPlace) -> [String] {
    TextLabels.files(of: place, in: "annotations", isRow: isRow)
  }

  private static func isRow(_ line: String) -> Bool { row(line) != nil }

  /// The eight numbers of a row; a comma may follow.
  private static func row(_ line: String) -> [Double]? {
    var words = line.split(separator: ",", omittingEmptySubsequences: false).map {
      Substring($0.trimmingCharacters(in: .whitespaces))
    }
    if words.last == "" { words.removeLast() }
    guard words.count == 8, let numbers = TextLabels.numbers(words),
      (0...11).contains(numbers[5]), numbers[5] == numbers[5].rounded()
    else { return nil }
    return numbers
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    let own = place.folder.absolutePath.lastPart
    let (root, images) = try PairedText.images(of: place, options)
    files = PairedText(
      place, images: images, of: root, labels: Self.labels(of: place), seed: options.splitSeed
    ) { path in
      let folders = [own] + path.split(separator: "/").dropLast().map(String.init)
      return folders.lazy.compactMap(Self.split).first ?? SplitFolders([path]).names.first
    }
  }

  /// The split in a folder's name, as `VisDrone2019-DET-test-dev` has it.
  private static func split(_ folder: String) -> String? {
    guard folder.lowercased().hasPrefix("visdrone"),
      let range = folder.range(of: "-DET-", options: [.backwards, .caseInsensitive])
    else { return nil }
    return String(folder[range.upperBound...])
  }

  func splits() -> [String] { files.splits.names }

  func listedImages(of split: String) -> [AnnotatedImage]? { files.listedImages(of: split) }

  func seededSplit() -> String? {
    files.splits.isSeeded ? "no folder is called as VisDrone's splits, or train, val, test" : nil
  }

  func content(of split: String, report: inout DatasetReport) throws -> SplitContent {
    files.content(of: split, classNames: Self.classNames, report: &report) { file, report in
      TextLabels.objects(of: file, report: &report) {
        (line, place, report) throws(TextLabels.Failure) in
        guard let row = Self.row(line) else {
          throw TextLabels.Failure(
            expected:
              "left, top, width, height, score, category 0…11, truncation, occlusion with commas")
        }
        let category = Int(row[5])
        guard category < 11 else {
          report.add(.otherKind)
          return nil
        }
        let isRegion = category == 0
        if isRegion { report.add(.ignoredRegion) }
        var object = AnnotatedObject(
          isRegion ? .every : .number(category),
          .pixels(
            PixelBox(xMin: row[0], yMin: row[1], xMax: row[0] + row[2], yMax: row[1] + row[3])),
          place: place, written: line)
        object.isCrowd = isRegion
        object.isDifficult = !isRegion && row[4] == 0
        return object
      }
    }
  }
}
