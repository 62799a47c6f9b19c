import Foundation
import MultiBox

/// One row of a table of labels.
struct CSVRow {
  struct Fault: Error { let reason: String }

  /// What two rows have in common that say the same.
  struct Identity: Hashable {
    let label: AnnotatedObject.Label
    let box: [Double]
  }

  var split: String?
  var size: PixelSize?
  /// Nil for a row that says that its image has none.
  var object: AnnotatedObject?
  /// The table has no classes, so the object is called `object`.
  var isUnnamed = false
  var identity: Identity?

  /// Understands rows of one dialect.
  struct Reader {
    let dialect: CSVDialect
    let firstPixel: Int
    let classes: CSVClasses

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
      let texts = (name: text(.label, fields), number: text(.labelNumber, fields))
      let label = texts.name ?? texts.number
      guard label != "" else { throw Fault(reason: "expected a class, found none") }
      guard label != nil || dialect[.label] == nil && dialect[.labelNumber] == nil else {
        throw Fault(reason: "expected \(dialect.columnCount) fields, found \(fields.count)")
      }
      let found = classes.label(texts.name, number: texts.number)
      let name = found?.name ?? CSVFormat.onlyClass
      let ofClass = found?.label ?? .name(name)
      let corners = [box.xMin, box.yMin, box.xMax, box.yMax]
      row.identity = Identity(label: ofClass, box: corners)
      var object = AnnotatedObject(
        ofClass,
        dialect.isInShares
          ? .shares(Box(xMin: box.xMin, yMin: box.yMin, xMax: box.xMax, yMax: box.yMax))
          : .pixels(box), place: "", written: "\(name) \(written)")
      object.isCrowd = try flag(.crowd, fields)
      object.isDifficult = try flag(.difficult, fields)
      row.object = object
      row.isUnnamed = label == nil
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
      let center = dialect.hasCenter
      let roles: [CSVDialect.Role] = [
        center ? .xCenter : .xMin, center ? .yCenter : .yMin, sides ? .width : .xMax,
        sides ? .height : .yMax,
      ]
      var texts: [String] = []
      if dialect[.sides] == nil {
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
      var box = PixelBox(
        xMin: numbers[0], yMin: numbers[1], xMax: numbers[2], yMax: numbers[3])
      if center {
        box.xMin -= box.xMax / 2
        box.yMin -= box.yMax / 2
      }
      if sides {
        box.xMax += box.xMin
        box.yMax += box.yMin
      } else if !dialect.isInShares {
        box.xMin -= Double(firstPixel)
        box.yMin -= Double(firstPixel)
      }
      return (box, written)
    }
  }
}
