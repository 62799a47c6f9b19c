import Files
import Foundation
import MultiBox

/// The images of one table of labels, in the order in which it names them.
struct CSVLabels: Sendable {
  struct Image: Sendable {
    /// The path as the table has it, with `/` between its parts.
    let written: String
    /// What a column says; nil where none does.
    var split: String?
    /// Nil where a row of it is not understood.
    var annotated: AnnotatedImage?
    var report = DatasetReport()
  }

  let file: String
  let dialect: CSVDialect
  private(set) var images: [Image] = []
  /// Rows that name no image.
  private(set) var report = DatasetReport()

  /// Reads a table.
  ///
  /// Corners in pixels are continuous coordinates, as Roboflow, VoTT and keras-retinanet have them,
  /// and as TensorFlow's readers take them. Some tables were copied from Pascal VOC's files, whose
  /// corners are pixels from 1: `firstPixel` says so, for nothing in the table does.
  ///
  /// - Parameters:
  ///   - file: its path.
  ///   - dialect: what its columns are.
  ///   - firstPixel: 1 for corners as in Pascal VOC's files.
  ///   - classes: what a file beside the table says of them.
  /// - Throws: `FileError` where it is no text.
  init(
    _ file: String, dialect: CSVDialect, firstPixel: Int?, classes: CSVClasses
  ) throws(FileError) {
    self.file = file
    self.dialect = dialect
    let rows = CSVRow.Reader(dialect: dialect, firstPixel: firstPixel ?? 0, classes: classes)
    read(CSVRecords(try TextFile(file), delimiter: dialect.delimiter), rows)
    if !dialect.isInShares { takeSharesForWhatTheyAre(countsFromOne: firstPixel == 1) }
  }

  /// Gives all objects other labels.
  mutating func mapLabels(_ map: (AnnotatedObject.Label) -> AnnotatedObject.Label) {
    for image in images.indices {
      for object in images[image].annotated?.objects.indices ?? 0..<0 {
        guard let label = images[image].annotated?.objects[object].label else { continue }
        images[image].annotated?.objects[object].label = map(label)
      }
    }
  }

  private mutating func read(_ records: CSVRecords, _ rows: CSVRow.Reader) {
    var numbers: [String: Int] = [:]
    var lines: [[CSVRow.Identity: Int]] = []
    var sizeLines: [(size: PixelSize, line: Int)?] = []
    var splitLines: [Int] = []
    var isHeader = dialect.hasHeader
    for record in records {
      if isHeader, record.fault == nil {
        isHeader = false
        continue
      }
      let place = "line \(record.line)"
      guard record.fault == nil,
        let written = rows.image(of: record.fields).map(Self.path), !written.isEmpty
      else {
        report.add(
          .unreadableAnnotation, file,
          "\(place): \(record.fault ?? "expected the name of an image, found none")")
        continue
      }
      let known = numbers[written]
      let index = known ?? add(written)
      if known == nil {
        numbers[written] = index
        lines.append([:])
        sizeLines.append(nil)
        splitLines.append(0)
      }
      let row: CSVRow
      do throws(CSVRow.Fault) { row = try rows.row(record.fields) } catch {
        refuse(index, "\(place): \(error.reason)")
        continue
      }
      if let split = row.split {
        if let known = images[index].split, known != split {
          images[index].report.add(
            .disagreement, file,
            "\(place): \(written) is in split \(split), and line \(splitLines[index]) says"
              + " \(known): the last counts")
        }
        images[index].split = split
        splitLines[index] = record.line
      }
      if let size = row.size {
        if let known = sizeLines[index], known.size != size {
          refuse(
            index,
            "\(place): \(size.width) × \(size.height), and line \(known.line) says"
              + " \(known.size.width) × \(known.size.height)")
          continue
        }
        sizeLines[index] = (size, record.line)
        images[index].annotated?.size = size
      }
      guard var object = row.object, let identity = row.identity else { continue }
      if let first = lines[index][identity] {
        images[index].report.add(
          .duplicate, file, "\(place): \(object.written) a second time, as line \(first)")
        continue
      }
      lines[index][identity] = record.line
      object.place = place
      if row.isUnnamed { images[index].report.add(.unnamedObject) }
      images[index].annotated?.objects.append(object)
    }
  }

  /// The number of a new image.
  private mutating func add(_ written: String) -> Int {
    let name = written.lastPart
    images.append(
      Image(
        written: written,
        annotated: AnnotatedImage(
          name: name.isImagePath ? name.withoutExtension : name,
          picture: .written(written, folders: []), annotation: file)))
    return images.count - 1
  }

  /// Leaves an image out.
  private mutating func refuse(_ index: Int, _ reason: String) {
    images[index].report.add(.unreadableAnnotation, file, reason)
    images[index].annotated = nil
  }

  /// A table does not say its unit. Boxes of less than a pixel are none: shares of the image are
  /// meant, a little outside of it at most. Where other boxes are of pixels, they are told.
  ///
  /// - Parameter countsFromOne: the user says that corners are pixels.
  private mutating func takeSharesForWhatTheyAre(countsFromOne: Bool) {
    var boxes = 0
    var areShares = !countsFromOne
    var hasFraction = false
    var areAllSmall = true
    // Boxes that would be shares if the others were.
    var likeShares = 0
    var first = ""
    for object in images.lazy.compactMap(\.annotated).flatMap(\.objects) {
      guard case .pixels(let box) = object.shape else { return }
      boxes += 1
      // Shares a little outside may be more than 1 wide.
      let isInside =
        max(max(abs(box.xMin), abs(box.yMin)), max(abs(box.xMax), abs(box.yMax)))
        <= Self.mostOfShares
      let isSmall = box.width < 1 && box.height < 1
      guard isSmall || isInside else {
        areAllSmall = false
        continue
      }
      if !isInside { areShares = false }
      let corners = [box.xMin, box.yMin, box.xMax, box.yMax]
      guard corners.contains(where: { $0 != $0.rounded() }) else { continue }
      hasFraction = true
      if isSmall, isInside {
        if likeShares == 0 { first = object.place }
        likeShares += 1
      }
    }
    guard areAllSmall else {
      if likeShares > 0, !countsFromOne {
        report.add(
          .disagreement, file,
          "\(likeShares) of \(boxes) boxes are smaller than a pixel, as shares of the image are,"
            + " beside others of pixels, \(first) the first")
      }
      return
    }
    guard hasFraction else { return }
    guard areShares else {
      report.add(
        .disagreement, file,
        "all \(boxes) boxes are smaller than a pixel, and no shares of the image, 0…1")
      return
    }
    report.add(.sharesOfImage, count: boxes)
    for image in images.indices {
      for index in images[image].annotated?.objects.indices ?? 0..<0 {
        guard case .pixels(let box)? = images[image].annotated?.objects[index].shape else {
          continue
        }
        images[image].annotated?.objects[index].shape = .shares(
          Box(xMin: box.xMin, yMin: box.yMin, xMax: box.xMax, yMax: box.yMax))
      }
    }
  }

  /// A box at the border may be a little outside of 0…1.
  private static let mostOfShares = 2.0

  /// A path as rows name it, in one spelling.
  private static func path(_ written: String) -> String {
    var path = written.withSlashes
    while path.hasPrefix("./") { path.removeFirst(2) }
    return path
  }

  /// The split that a word of a row names, as tools of Google's have them; nil for no word of a
  /// split, and for an image of none.
  static func split(named word: String) -> String?? {
    switch word.trimmingCharacters(in: .whitespaces).lowercased() {
    case "train", "training": .some("train")
    case "validation", "validate": .some("validation")
    case "val": .some("val")
    case "valid": .some("valid")
    case "test", "testing": .some("test")
    case "unassigned": .some(nil)
    default: nil
    }
  }
}
