import Files
import Foundation

/// Two columns about classes, beside a table of labels: keras-retinanet's `name,id`, `id,name`, or
/// Open Images' `/m/01yrx,Cat`, which gives codes a name.
struct CSVClasses: Sendable {
  /// The classes in the order of their numbers; nil for a table of codes.
  private(set) var names: [String]?
  /// The place in ``names`` of each number.
  private var places: [Int: Int] = [:]
  /// The names by their numbers.
  var namesByNumber: [Int: String] { names.map { names in places.mapValues { names[$0] } } ?? [:] }
  /// The names of codes.
  private(set) var descriptions: [String: String] = [:]

  /// Says whether the name of a file says that classes are in it: `classes.csv`,
  /// `class-descriptions-boxable.csv`.
  static func isMeant(by file: String) -> Bool {
    let name = file.lastPart.lowercased()
    return name.fileExtension == "csv" && name.contains("class")
  }

  /// A table of labels alone.
  init() {}

  /// Reads a file; nil for a table of something else.
  ///
  /// - Throws: `FileError` naming the line of a class that is none.
  init?(_ file: String) throws(FileError) {
    func fail(_ line: Int, _ reason: String) -> FileError {
      FileError(path: file, reason: "line \(line): \(reason)")
    }
    var rows: [(fields: [String], line: Int)] = []
    var fault: FileError?
    for record in CSVRecords(try TextFile(file)) {
      if fault == nil { fault = record.fault.map { fail(record.line, $0) } }
      rows.append((record.fields.map { $0.trimmingCharacters(in: .whitespaces) }, record.line))
    }
    guard let order = Self.order(rows.prefix(2).map(\.fields)) else { return nil }
    if let fault { throw fault }
    if order.hasHeader { rows.removeFirst() }
    var numbered: [(name: String, number: Int)] = []
    var lines: [Int: Int] = [:]
    for (fields, line) in rows {
      guard fields.count == 2, !fields[0].isEmpty, !fields[1].isEmpty else {
        throw fail(line, "expected a class and its number, found \(fields.count) fields")
      }
      guard let name = order.name else {
        descriptions[fields[0]] = fields[1]
        continue
      }
      guard let number = Int(fields[1 - name]) else {
        throw fail(line, "expected a number, found \(fields[1 - name])")
      }
      if let other = lines.updateValue(line, forKey: number) {
        throw fail(line, "number \(number) a second time, as line \(other)")
      }
      numbered.append((fields[name], number))
    }
    guard order.name != nil else { return }
    numbered.sort { $0.number < $1.number }
    names = numbered.map(\.name)
    places = Dictionary(uniqueKeysWithValues: zip(numbered.map(\.number), 0...))
  }

  /// Which column has the names, nil for a table of codes, and whether the first row is a header.
  private static func order(_ rows: [[String]]) -> (name: Int?, hasHeader: Bool)? {
    func order(_ row: [String]) -> Int? {
      guard row.count == 2, !row[0].isEmpty, !row[1].isEmpty, !row[0].isImagePath else {
        return nil
      }
      return Int(row[1]) != nil ? 0 : Int(row[0]) != nil ? 1 : nil
    }
    func isCode(_ row: [String]) -> Bool {
      row.count == 2 && row[0].hasPrefix("/") && !row[1].isEmpty
    }
    for (index, row) in rows.enumerated() {
      if let name = order(row) { return (name, index == 1) }
      if isCode(row) { return (nil, index == 1) }
      // A header, of which there is one.
      guard row.count == 2, row.allSatisfy({ !$0.isEmpty }) else { return nil }
    }
    return nil
  }

  /// The class that a row means: by its number, by a code, by its name.
  ///
  /// - Parameters:
  ///   - label: the name; nil where the table has no column for it.
  ///   - number: the number; nil likewise.
  /// - Returns: nil for a row without any.
  func label(_ label: String?, number: String?) -> (label: AnnotatedObject.Label, name: String)? {
    func ofNumber(_ text: String) -> (label: AnnotatedObject.Label, name: String)? {
      guard let names, let value = Self.number(text), let place = places[value] else { return nil }
      return (.number(place + 1), names[place])
    }
    guard let text = label ?? number else { return nil }
    let isName = label != nil && names?.contains(text) == true
    if !isName, let found = ofNumber(text) { return found }
    // Tools write whole numbers with decimals where fields of their column are empty.
    let plain = label == nil ? Self.number(text).map(String.init) : nil
    let name = descriptions[text] ?? plain ?? text
    return (.name(name), name)
  }

  /// A whole number, with or without decimals.
  private static func number(_ text: String) -> Int? { Double(text).flatMap { Int(exactly: $0) } }
}
