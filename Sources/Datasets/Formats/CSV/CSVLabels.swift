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
  ///   - descriptions: names of the classes that rows have codes of.
  /// - Throws: `FileError` where it is no text.
  init(
    _ file: String, dialect: CSVDialect, firstPixel: Int?, descriptions: [String: String]
  ) throws(FileError) {
    self.file = file
    self.dialect = dialect
    let rows = CSVRow.Reader(
      dialect: dialect, firstPixel: firstPixel ?? 0, descriptions: descriptions)
    read(CSVRecords(try TextFile(file), delimiter: dialect.delimiter), rows)
    if !dialect.isInShares, !dialect.hasSides { takeSharesForWhatTheyAre() }
  }

  private mutating func read(_ records: CSVRecords, _ rows: CSVRow.Reader) {
    var numbers: [String: Int] = [:]
    var lines: [[CSVRow.Identity: Int]] = []
    var sizeLines: [(size: PixelSize, line: Int)?] = []
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
      }
      let row: CSVRow
      do throws(CSVRow.Fault) { row = try rows.row(record.fields) } catch {
        refuse(index, "\(place): \(error.reason)")
        continue
      }
      if let split = row.split { images[index].split = split }
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
  /// meant.
  private mutating func takeSharesForWhatTheyAre() {
    var boxes = 0
    var hasFraction = false
    for object in images.lazy.compactMap(\.annotated).flatMap(\.objects) {
      guard case .pixels(let box) = object.shape else { return }
      for value in [box.xMin, box.yMin, box.xMax, box.yMax] {
        guard (0...1).contains(value) else { return }
        if value != value.rounded() { hasFraction = true }
      }
      boxes += 1
    }
    guard hasFraction else { return }
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

  /// A path as rows name it, in one spelling.
  private static func path(_ written: String) -> String {
    var path = written.replacing("\\", with: "/")
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

/// One row of a table of labels.
struct CSVRow {
  struct Fault: Error { let reason: String }

  /// What two rows have in common that say the same.
  struct Identity: Hashable {
    let label: String
    let box: [Double]
  }

  var split: String?
  var size: PixelSize?
  /// Nil for a row that says that its image has none.
  var object: AnnotatedObject?
  var identity: Identity?

  /// Understands rows of one dialect.
  struct Reader {
    let dialect: CSVDialect
    let firstPixel: Int
    let descriptions: [String: String]

    func image(of fields: [String]) -> String? { text(.image, fields) }

    /// A field without the spaces around it; nil where the dialect has no such column.
    private func text(_ role: CSVDialect.Role, _ fields: [String]) -> String? {
      guard let column = dialect[role], fields.indices.contains(column) else { return nil }
      return fields[column].trimmingCharacters(in: .whitespaces)
    }

    func row(_ fields: [String]) throws(Fault) -> CSVRow {
      // Empty fields at the end may be too many or left away.
      let surplus = fields.dropFirst(dialect.columnCount)
      guard surplus.allSatisfy(\.isEmpty) else {
        throw Fault(reason: "expected \(dialect.columnCount) fields, found \(fields.count)")
      }
      var row = CSVRow()
      row.split = try split(fields)
      row.size = PixelSize(
        width: try side(.imageWidth, fields), height: try side(.imageHeight, fields))
      guard let (box, written) = try box(fields) else { return row }
      let label = text(.label, fields) ?? text(.labelNumber, fields)
      guard label != "" else { throw Fault(reason: "expected a class, found none") }
      guard label != nil || dialect[.label] == nil && dialect[.labelNumber] == nil else {
        throw Fault(reason: "expected \(dialect.columnCount) fields, found \(fields.count)")
      }
      let name = label.map { descriptions[$0] ?? $0 } ?? CSVFormat.onlyClass
      let corners = [box.xMin, box.yMin, box.xMax, box.yMax]
      row.identity = Identity(label: name, box: corners)
      var object = AnnotatedObject(
        .name(name),
        dialect.isInShares
          ? .shares(Box(xMin: box.xMin, yMin: box.yMin, xMax: box.xMax, yMax: box.yMax))
          : .pixels(box), place: "", written: "\(name) \(written)")
      object.isCrowd = try flag(.crowd, fields)
      object.isDifficult = try flag(.difficult, fields)
      row.object = object
      return row
    }

    private func split(_ fields: [String]) throws(Fault) -> String? {
      guard let word = text(.split, fields), !word.isEmpty else { return nil }
      if let known = CSVLabels.split(named: word) { return known }
      return word
    }

    /// 1 and 0, or true and false; Open Images has −1 for what is not known.
    private func flag(_ role: CSVDialect.Role, _ fields: [String]) throws(Fault) -> Bool {
      switch text(role, fields)?.lowercased() {
      case nil, "", "0", "-1", "false", "0.0": false
      case "1", "true", "1.0": true
      case .some(let other): throw Fault(reason: "expected 0 or 1, found \(other)")
      }
    }

    private func side(_ role: CSVDialect.Role, _ fields: [String]) throws(Fault) -> Int? {
      guard let text = text(role, fields), !text.isEmpty else { return nil }
      guard let value = Double(text), let side = Int(exactly: value) else {
        throw Fault(reason: "expected width and height in whole pixels, found \(text)")
      }
      return side
    }

    /// The corners, and how the file has them; nil where all of its fields are empty.
    private func box(_ fields: [String]) throws(Fault) -> (PixelBox, String)? {
      let sides = dialect.hasSides
      let roles: [CSVDialect.Role] = [
        .xMin, .yMin, sides ? .width : .xMax, sides ? .height : .yMax,
      ]
      var texts: [String] = []
      if dialect[.xMin] != nil {
        for role in roles {
          guard let text = text(role, fields) else {
            throw Fault(reason: "expected \(dialect.columnCount) fields, found \(fields.count)")
          }
          texts.append(text)
        }
      } else if let text = text(.sides, fields), !text.isEmpty {
        let inner = text.trimmingCharacters(in: CharacterSet(charactersIn: "[]() "))
        texts = inner.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map(String.init)
      }
      guard texts.contains(where: { !$0.isEmpty }) else { return nil }
      let numbers = texts.compactMap { Double($0) }.filter(\.isFinite)
      guard texts.count == 4, numbers.count == 4 else {
        throw Fault(
          reason: "expected \(sides ? "x, y, width, height" : "xmin, ymin, xmax, ymax"),"
            + " found \(texts.joined(separator: ", "))")
      }
      let written = "[\(texts.joined(separator: ", "))]"
      if dialect.isInShares, numbers.contains(where: { abs($0) > 2 }) {
        throw Fault(reason: "expected shares of the image, 0…1, found \(written)")
      }
      let shift = sides || dialect.isInShares ? 0 : Double(firstPixel)
      let (xMin, yMin) = (numbers[0], numbers[1])
      guard sides else {
        return (
          PixelBox(
            xMin: xMin - shift, yMin: yMin - shift, xMax: numbers[2], yMax: numbers[3]), written
        )
      }
      return (
        PixelBox(xMin: xMin, yMin: yMin, xMax: xMin + numbers[2], yMax: yMin + numbers[3]), written
      )
    }
  }
}
