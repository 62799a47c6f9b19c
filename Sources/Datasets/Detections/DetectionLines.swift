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
  /// sentences about what was left out, and its count.
  ///
  /// An image is known by its path or, where no other has it, by the end of that, as long as it can
  /// be. A class is known by its name; where several have one name, by its number.
  ///
  /// - Parameter truth: the ground truth.
  /// - Throws: `FileError` where an image comes twice, has another size, or where no image or no
  ///   class is known.
  public func images(
    of truth: COCOFile
  ) throws -> (images: [EvaluationImage], notes: [String], leftOut: UnmeasuredCount) {
    let owners = try owners(of: truth)
    var found = [[EvaluationDetection]?](repeating: nil, count: truth.imageNames.count)
    var unknownImages: [String] = []
    var unknownClasses: [String: Int] = [:]
    for (index, (number, line)) in lines.enumerated() {
      guard let place = owners[index] else {
        unknownImages.append(line.image)
        continue
      }
      if let size = truth.imageSizes[place], size != (line.width, line.height) {
        throw FileError(
          path: path,
          reason: "image: \(line.image): expected \(size.width) × \(size.height) px as in the"
            + " ground truth, found \(line.width) × \(line.height) (line \(number))")
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
    let unknownNames = unknownClasses.sorted { $0.key < $1.key }.flatMap {
      [String](repeating: $0.key, count: $0.value)
    }
    if let first = unknownNames.first, found.allSatisfy({ $0?.isEmpty ?? true }) {
      throw FileError(
        path: path,
        reason: "class: none of \(unknownNames.count) detections is of a class of the ground truth,"
          + " as \(first); expected one of \(truth.classNames.listed)")
    }
    let notes = [
      Self.note(unknownImages, "images are not in the ground truth, left out", of: lines.count),
      Self.note(
        zip(truth.imageNames, found).filter { $1 == nil }.map(\.0),
        "images of the ground truth have no line: nothing counts as found there",
        of: truth.imageNames.count),
      Self.note(
        unknownNames, "detections are of classes that the ground truth does not have, left out",
        of: lines.reduce(0) { $0 + $1.content.detections.count }),
    ].compactMap { $0 }
    return (
      zip(truth.objects, found).map { EvaluationImage(objects: $0, detections: $1 ?? []) },
      notes.map { "\(path): \($0)" },
      UnmeasuredCount(detections: unknownNames.count, images: unknownImages.count)
    )
  }

  /// For each line the image of the ground truth that it is of; nil where there is none, or where
  /// another line's path is more like that image's.
  ///
  /// - Throws: `FileError` where two lines are as like.
  private func owners(of truth: COCOFile) throws -> [Int?] {
    let places = Places(truth.imageNames)
    var claims: [Int: [(line: Int, likeness: Int)]] = [:]
    for (index, line) in lines.enumerated() {
      guard let (place, likeness) = places.find(line.content.image) else { continue }
      claims[place, default: []].append((index, likeness))
    }
    var owners = [Int?](repeating: nil, count: lines.count)
    for (place, claims) in claims.sorted(by: { $0.key < $1.key }) {
      let best = claims.lazy.map(\.likeness).max()
      let nearest = claims.filter { $0.likeness == best }.map { lines[$0.line] }
      guard nearest.count == 1 else {
        let (a, b) = (nearest[0], nearest[1])
        throw FileError(
          path: path,
          reason: a.content.image == b.content.image
            ? "image: \(a.content.image) comes twice (lines \(a.number) and \(b.number))"
            : "image: two are \(truth.imageNames[place]) of the ground truth: \(a.content.image)"
              + " (line \(a.number)) and \(b.content.image) (line \(b.number))")
      }
      for claim in claims where claim.likeness == best { owners[claim.line] = place }
    }
    return owners
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
    /// Of all ends of the names, the whole ones among them; nil where several images have one.
    private var ofEnd: [Substring: Int?] = [:]
    private var whole: [String: Int] = [:]

    init(_ names: [String]) {
      for (place, name) in names.enumerated() {
        whole[name] = whole[name] ?? place
        for end in name.ends.dropFirst() {
          ofEnd.updateValue(ofEnd.keys.contains(end) ? nil : place, forKey: end)
        }
      }
      // A name that is all of one image's is no other's.
      for (name, place) in whole { ofEnd.updateValue(place, forKey: Substring(name)) }
    }

    /// The image whose name has the longest end in common with a path, and how long that is.
    func find(_ path: String) -> (place: Int, likeness: Int)? {
      if let place = whole[path] { return (place, .max) }
      guard let end = path.ends.first(where: { ofEnd.keys.contains($0) }),
        let place = ofEnd[end] ?? nil
      else { return nil }
      return (place, end.utf8.count)
    }
  }
}

extension String {
  /// The path and its last parts, the longest first.
  fileprivate var ends: [Substring] {
    var ends = [self[...]]
    while let slash = ends[ends.count - 1].firstIndex(of: "/") {
      ends.append(self[index(after: slash)...])
    }
    return ends
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
