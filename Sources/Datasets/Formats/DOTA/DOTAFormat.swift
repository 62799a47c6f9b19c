import Files
import Foundation
import ImageFiles
import MultiBox

/// DOTA's text labels of aerial images: `train/images/P0001.png` with `train/labelTxt/P0001.txt`.
///
/// A row is four corners, x and y each, the class, and 1 or 2 for a difficult object or a part of
/// one; lines of `imagesource:` and `gsd:` may stand before them. The upright box around the
/// corners is taken, counted where they are turned.
struct DOTAFormat: LabelFormat {
  static let name = "dota"
  static let title = "DOTA"
  static let hallmark = "labelTxt/*.txt of four corners, class, difficult"
  static let canHold: LabelContent = []

  private let files: PairedText

  static func recognize(_ place: DatasetPlace) -> Recognition {
    guard place.file == nil else { return .differs }
    return TextLabels.recognize(place, labels(of: place), isHeader: isHeader, isRow: isRow)
  }

  private static func labels(of place: DatasetPlace) -> [String] {
    TextLabels.files(of: place, in: "labelTxt", isHeader: isHeader, isRow: isRow)
  }

  private static func isRow(_ line: String) -> Bool { Row(line) != nil }

  private static func isHeader(_ line: String) -> Bool {
    let line = line.lowercased()
    return ["imagesource:", "gsd:", "acquisition dates:"].contains(where: line.hasPrefix)
  }

  private struct Row {
    let corners: [Double]
    let name: String
    let isDifficult: Bool

    init?(_ line: String) {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard (9...10).contains(words.count), let corners = TextLabels.numbers(words[..<8]),
        Double(words[8]) == nil
      else { return nil }
      let flag = words.count == 10 ? Int(words[9]) : 0
      guard let flag, (0...2).contains(flag) else { return nil }
      self.corners = corners
      name = String(words[8])
      isDifficult = flag > 0
    }

    /// Whether a corner is not one of the upright box around all.
    func isTurned(_ box: PixelBox) -> Bool {
      stride(from: 0, to: 8, by: 2).contains { index in
        let (x, y) = (corners[index], corners[index + 1])
        return (x != box.xMin && x != box.xMax) || (y != box.yMin && y != box.yMax)
      }
    }
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    let (root, images) = try PairedText.images(of: place, options)
    files = PairedText(
      place, images: images, of: root, labels: Self.labels(of: place), seed: options.splitSeed
    ) { SplitFolders([$0]).names.first }
  }

  func splits() -> [String] { files.splits.names }

  func listedImages(of split: String) -> [AnnotatedImage]? { files.listedImages(of: split) }

  func seededSplit() -> String? {
    files.splits.isSeeded ? "no folder is called train, val or test" : nil
  }

  func content(of split: String, report: inout DatasetReport) throws -> SplitContent {
    files.content(of: split, classNames: nil, report: &report) { file, report in
      TextLabels.objects(of: file, report: &report) {
        (line, place, report) throws(TextLabels.Failure) in
        if Self.isHeader(line) { return nil }
        guard let row = Row(line) else {
          throw TextLabels.Failure(expected: "x and y of four corners, class, difficult")
        }
        let points = stride(from: 0, to: 8, by: 2).map { (row.corners[$0], row.corners[$0 + 1]) }
        guard case .pixels(let box)? = AnnotatedObject.Shape.around(points) else { return nil }
        if row.isTurned(box) { report.add(.turnedBox) }
        var object = AnnotatedObject(
          .name(row.name), .pixels(box), place: place, written: line)
        object.isDifficult = row.isDifficult
        return object
      }
    }
  }
}
