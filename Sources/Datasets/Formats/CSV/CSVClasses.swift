import Files
import Foundation

/// Two columns about classes, beside a table of labels: keras-retinanet's `name,id`, or Open
/// Images' `/m/01yrx,Cat`, which gives codes a name.
struct CSVClasses: Sendable {
  /// The classes in the order of their numbers; nil for a table of codes.
  private(set) var names: [String]?
  /// The names of codes.
  private(set) var descriptions: [String: String] = [:]

  /// Says whether the name of a file says that classes are in it: `classes.csv`,
  /// `class-descriptions-boxable.csv`.
  static func isMeant(by file: String) -> Bool {
    let name = file.lastPart.lowercased()
    return name.fileExtension == "csv" && name.contains("class")
  }

  /// Reads a file; nil for a table of something else.
  ///
  /// - Throws: `FileError` naming the line of a class that is none.
  init?(_ file: String) throws(FileError) {
    func fail(_ line: Int, _ reason: String) -> FileError {
      FileError(path: file, reason: "line \(line): \(reason)")
    }
    var numbered: [(name: String, number: Int)] = []
    var lines: [Int: Int] = [:]
    var isFirst = true
    for record in CSVRecords(try TextFile(file)) {
      let fields = record.fields.map { $0.trimmingCharacters(in: .whitespaces) }
      defer { isFirst = false }
      if let fault = record.fault { throw fail(record.line, fault) }
      let isTable = !isFirst && !(numbered.isEmpty && descriptions.isEmpty)
      guard fields.count == 2, !fields[0].isEmpty, !fields[1].isEmpty, !fields[0].isImagePath
      else {
        guard isTable else { return nil }
        throw fail(record.line, "expected a class and its number, found \(fields.count) fields")
      }
      if let number = Int(fields[1]), descriptions.isEmpty {
        if let other = lines.updateValue(record.line, forKey: number) {
          throw fail(record.line, "number \(number) a second time, as line \(other)")
        }
        numbered.append((fields[0], number))
      } else if fields[0].hasPrefix("/"), numbered.isEmpty {
        descriptions[fields[0]] = fields[1]
      } else if isTable {
        throw fail(record.line, "expected a number, found \(fields[1])")
      } else if !isFirst {
        return nil
      }
    }
    if !numbered.isEmpty {
      names = numbered.sorted { $0.number < $1.number }.map(\.name)
    } else if descriptions.isEmpty {
      return nil
    }
  }
}
