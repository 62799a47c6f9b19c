import Files
import Foundation
import ImageFiles
import MultiBox

/// WIDER FACE's lists: `wider_face_split/wider_face_train_bbx_gt.txt` with the images in
/// `WIDER_train/images`.
///
/// An image is its path, the number of faces, and a row for each face: left, top, width, height,
/// blur, expression, illumination, invalid, occlusion and pose. Without a face a row of zeros may
/// follow. An invalid face is difficult here. The one class is `face`. A test list has paths alone:
/// images without labels.
struct WIDERFaceFormat: LabelFormat {
  static let name = "widerface"
  static let title = "WIDER FACE"
  static let hallmark = "wider_face_…_bbx_gt.txt with paths, counts and rows"
  static let canHold: LabelContent = []

  private let place: DatasetPlace
  /// The lists of each split, of which the first counts.
  private let files: [String: [String]]

  static func recognize(_ place: DatasetPlace) -> Recognition {
    files(of: place).values.contains { $0.contains(where: isList) } ? .fits : .differs
  }

  /// The lists of each split, one or more.
  private static func files(of place: DatasetPlace) -> [String: [String]] {
    if let file = place.file {
      return file.fileExtension == "txt" && isList(file) ? [split(of: file): [file]] : [:]
    }
    var result: [String: [String]] = [:]
    for folder in ["wider_face_split", "Wider_face_split", ""] {
      for name in place.files(in: folder, ["txt"]) {
        guard let file = place.find(folder.isEmpty ? name : "\(folder)/\(name)") else { continue }
        let isTest =
          name.lowercased().hasPrefix("wider_face_test") && place.find("WIDER_test") != nil
        let split = split(of: file)
        // Two spellings of a folder may be one.
        if isTest || isList(file), result[split]?.contains(file) != true {
          result[split, default: []].append(file)
        }
      }
    }
    return result
  }

  private static func split(of file: String) -> String {
    let stem = file.lastPart.withoutExtension
    let parts = stem.split(separator: "_").map(String.init)
    return parts.first(where: SplitFolders.isUsual) ?? stem
  }

  /// Whether a file begins with a path, a count and a row.
  private static func isList(_ file: String) -> Bool {
    guard
      let lines = TextFile.head(of: file)?.lines.prefix(3).map({
        $0.trimmingCharacters(in: .whitespaces)
      }), lines.count == 3
    else { return false }
    return lines[0].isImagePath && Int(lines[1]) != nil && row(lines[2]) != nil
  }

  /// Four numbers of the box, and six of what is known of the face where they are there.
  private static func row(_ line: String) -> [Double]? {
    let words = line.split(whereSeparator: \.isWhitespace)
    guard words.count == 4 || words.count == 10 else { return nil }
    return TextLabels.numbers(words)
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    self.place = place
    files = place.file.map { [Self.split(of: $0): [$0]] } ?? Self.files(of: place)
  }

  func splits() -> [String] { files.keys.sorted() }

  func content(of split: String, report: inout DatasetReport) throws -> SplitContent {
    let file = try file(of: split)
    for other in files[split]?.dropFirst() ?? [] {
      report.add(.disagreement, other, "a second list of \(split), not read; \(file) counts")
    }
    let folders = folders(of: split)
    let images = try Self.images(of: file, report: &report).map { entry in
      AnnotatedImage(
        name: entry.path.withoutExtension, picture: .written(entry.path, folders: folders),
        annotation: file, objects: entry.objects, isUnlabeled: entry.isUnlabeled)
    }
    return SplitContent(classNames: ["face"], images: images)
  }

  private func file(of split: String) throws -> String {
    guard let file = files[split]?.first else {
      throw DatasetError.unknownSplit(path: place.path, split: split, known: splits())
    }
    return file
  }

  /// Where images of a split lie; the folder of a list given alone may be the lists'.
  private func folders(of split: String) -> [String] {
    [place.folder, "\(place.folder)/.."].flatMap { root in
      ["WIDER_\(split)/images", "WIDER_\(split)", "\(split)/images", split, "images"].map {
        "\(root)/\($0)"
      }
    }
  }

  /// Every path of the list, also of an entry that is not understood.
  func listedImages(of split: String) throws -> [AnnotatedImage]? {
    let file = try file(of: split)
    let folders = folders(of: split)
    return try TextFile(file).lines.map { $0.trimmingCharacters(in: .whitespaces) }
      .filter(\.isImagePath).map {
        AnnotatedImage(name: $0, picture: .written($0, folders: folders), annotation: file)
      }
  }

  private struct Entry {
    var path: String
    var line: Int
    var count: Int?
    var objects: [AnnotatedObject] = []
    var rows = 0
    var isUnlabeled: Bool { count == nil }
  }

  /// The entries of a list; one that is not understood is left out.
  private static func images(of file: String, report: inout DatasetReport) throws -> [Entry] {
    var result: [Entry] = []
    var current: Entry?
    var failure: String?
    func close() {
      guard let entry = current else { return }
      if let count = entry.count, failure == nil,
        // No face: a row of zeros, or none.
        entry.rows != count && !(count == 0 && entry.rows <= 1 && entry.objects.isEmpty)
      {
        failure =
          "line \(entry.line): expected \(count) rows of \(entry.path), found \(entry.rows)"
      }
      if let failure {
        report.add(.unreadableAnnotation, file, failure)
      } else {
        result.append(entry)
      }
      current = nil
      failure = nil
    }
    for (index, text) in try TextFile(file).lines.enumerated() {
      let line = text.trimmingCharacters(in: .whitespaces)
      let place = "line \(index + 1)"
      if line.isEmpty { continue }
      if line.isImagePath {
        close()
        current = Entry(path: line, line: index + 1)
      } else if current == nil {
        report.add(.unreadableAnnotation, file, "\(place): expected a path, found \(line)")
      } else if current?.count == nil {
        current?.count = Int(line).flatMap { $0 >= 0 ? $0 : nil }
        if current?.count == nil, failure == nil {
          failure = "\(place): expected the number of faces, found \(line)"
          // The rest of the entry says nothing more.
          current?.count = 0
        }
      } else if let row = row(line) {
        current?.rows += 1
        if current?.count == 0, row.allSatisfy({ $0 == 0 }) { continue }
        var object = AnnotatedObject(
          .number(1),
          .pixels(
            PixelBox(xMin: row[0], yMin: row[1], xMax: row[0] + row[2], yMax: row[1] + row[3])),
          place: place, written: line)
        object.isDifficult = row.count == 10 && row[7] == 1
        current?.objects.append(object)
      } else if failure == nil {
        failure = "\(place): expected left, top, width, height and six numbers more, found \(line)"
      }
    }
    close()
    return result
  }
}
