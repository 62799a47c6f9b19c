import Files
import Foundation
import MultiBox

/// A file of the lines that `detect --json` prints: an image's detections each.
public struct DetectionLines: Sendable {
  /// The path that it was read from, for messages.
  private let path: String
  private let lines: [(number: Int, content: DetectionLine)]

  /// Says whether a file begins with such a line, and not as COCO's results.
  ///
  /// - Parameter path: of any file, there or not.
  public static func areIn(_ path: String) -> Bool {
    guard let data = try? InputFile.contents(path) else { return false }
    let start = data.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
    // Lines of Windows' shells may be in UTF-16, results are a list.
    guard start.first != UInt8(ascii: "["), let text = try? TextFile(path),
      let line = text.lines.first(where: { !$0.allSatisfy(\.isWhitespace) })
    else { return false }
    guard let content = try? JSONSerialization.jsonObject(with: Data(line.utf8)) else {
      // A damaged line is one all the same, and reading it says what is wrong.
      return line.hasPrefix("{")
        && ["detections", "image"].contains { line.contains("\"\($0)\"") }
    }
    return (content as? [String: Any])?["detections"] != nil
  }

  /// Reads all lines.
  ///
  /// - Parameter path: of the file.
  /// - Throws: `FileError` that names line, key, expected and found.
  public init(_ path: String) throws {
    try self.init(InputFile.contents(path), path: path)
  }

  /// Reads the bytes of a file of `path`.
  init(_ data: Data, path: String) throws {
    self.path = path
    lines = try TextFile(data, path: path).lines.enumerated().compactMap { index, line in
      guard !line.allSatisfy(\.isWhitespace) else { return nil }
      let content = try JSONDocument.decode(
        DetectionLine.self, from: Data(line.utf8), path: path, firstLine: index + 1
      ) { line throws(JSONDocument.Problem) in try line.check() }
      return (index + 1, content)
    }
  }

  /// Returns all images of a ground truth by rising id, with what is there and what was found, and
  /// sentences about what was left out.
  ///
  /// An image is known by its path or, where no other has it, by the last part of that. A class is
  /// known by its name; where several have one name, by its number.
  ///
  /// - Parameter truth: the ground truth.
  /// - Throws: `FileError` where an image comes twice, has another size, or none is known.
  public func images(
    of truth: COCOFile
  ) throws -> (images: [EvaluationImage], notes: [String]) {
    let places = Places(truth.imageNames)
    var found = [[EvaluationDetection]?](repeating: nil, count: truth.imageNames.count)
    var unknownImages: [String] = []
    var unknownClasses: [String: Int] = [:]
    for (number, line) in lines {
      func fail(_ reason: String) -> FileError {
        FileError(path: path, reason: "\(reason) (line \(number))")
      }
      guard let place = places[line.image] else {
        unknownImages.append(line.image)
        continue
      }
      if found[place] != nil { throw fail("image: \(line.image) comes twice") }
      if let size = truth.imageSizes[place], size != (line.width, line.height) {
        throw fail(
          "image: \(line.image): expected \(size.width) × \(size.height) px as in the ground truth,"
            + " found \(line.width) × \(line.height)")
      }
      found[place] = line.detections.compactMap { item in
        guard let classIndex = item.classIndex(among: truth.classNames) else {
          unknownClasses[item.class, default: 0] += 1
          return nil
        }
        return EvaluationDetection(
          PixelDetection(box: item.pixelBox, classIndex: classIndex, score: item.score))
      }
    }
    if let first = unknownImages.first, unknownImages.count == lines.count {
      throw FileError(
        path: path,
        reason: "image: none of \(lines.count) is in the ground truth, as \(first); expected file"
          + " names as \(truth.imageNames.first ?? "none")")
    }
    let notes = [
      Self.note(unknownImages, "images are not in the ground truth, left out", of: lines.count),
      Self.note(
        zip(truth.imageNames, found).filter { $1 == nil }.map(\.0),
        "images of the ground truth have no line: nothing counts as found there",
        of: truth.imageNames.count),
      Self.note(
        unknownClasses.sorted { $0.key < $1.key }.flatMap {
          [String](repeating: $0.key, count: $0.value)
        },
        "detections are of classes that the ground truth does not have, left out",
        of: lines.reduce(0) { $0 + $1.content.detections.count }),
    ].compactMap { $0 }
    return (
      zip(truth.objects, found).map { EvaluationImage(objects: $0, detections: $1 ?? []) },
      notes.map { "\(path): \($0)" }
    )
  }

  private static func note(_ names: [String], _ words: String, of count: Int) -> String? {
    guard !names.isEmpty else { return nil }
    var known: Set<String> = []
    let distinct = names.filter { known.insert($0).inserted }
    return "\(names.count) of \(count) \(words): \(distinct.prefix(5).joined(separator: ", "))"
      + (distinct.count > 5 ? " and \(distinct.count - 5) more" : "")
  }

  /// Positions of images by their names.
  private struct Places {
    private var whole: [String: Int] = [:]
    /// Nil where several images have the last part.
    private var last: [String: Int?] = [:]

    init(_ names: [String]) {
      for (place, name) in names.enumerated() {
        whole[name] = whole[name] ?? place
        let isShared = last.keys.contains(name.lastPart)
        last.updateValue(isShared ? nil : place, forKey: name.lastPart)
      }
    }

    subscript(path: String) -> Int? { whole[path] ?? last[path.lastPart] ?? nil }
  }
}

extension DetectionLine {
  /// Checks what the types allow and no detector finds.
  fileprivate func check() throws(JSONDocument.Problem) {
    for (index, item) in detections.enumerated() {
      guard item.box.count == 4 else {
        throw JSONDocument.Problem(
          key: "detections[\(index)].box", reason: "expected 4 numbers, found \(item.box.count)")
      }
      guard item.box[0] <= item.box[2], item.box[1] <= item.box[3] else {
        throw JSONDocument.Problem(
          key: "detections[\(index)].box",
          reason: "expected xMin, yMin, xMax, yMax, found \(item.box)")
      }
    }
  }
}

extension DetectionLine.Item {
  fileprivate var pixelBox: PixelBox {
    PixelBox(xMin: box[0], yMin: box[1], xMax: box[2], yMax: box[3])
  }

  fileprivate func classIndex(among names: ClassNames) -> Int? {
    names.indices.contains(classIndex) && names[classIndex] == `class`
      ? classIndex : names.firstIndex(of: `class`)
  }
}
