import Files
import Foundation
import Synchronization

/// The tables of labels in a place, each read once, and which split each is of.
final class CSVFiles: Sendable {
  /// Tables whose columns are known, sorted by path.
  let tables: [(file: String, dialect: CSVDialect)]
  /// Those that cannot be read, with the reason.
  let unread: [DatasetProblem]
  /// The split of each table whose name or folder says one.
  let splits: [String: String]
  /// The names of all classes, as files beside the tables say them.
  var classNames: [String]? { classes.names }
  /// Lists of classes that contradict each other.
  var classReport: DatasetReport { classes.report }
  private let classes: CSVClassFiles
  private let firstPixel: Int?
  private let read = Mutex([String: CSVLabels]())
  private let known = Mutex(CSVSplits?.none)

  /// - Throws: `FileError` naming the class file and line.
  init(_ place: DatasetPlace, firstPixel: Int?) throws {
    self.firstPixel = firstPixel
    (tables, unread) = Self.look(at: place)
    splits = SplitFileNames(tables.map(\.file), of: place).splits
    classes = try CSVClassFiles(place, tables: tables.map(\.file))
  }

  /// Reads a table, at the first call.
  ///
  /// - Throws: `FileError` naming the file.
  func labels(_ table: (file: String, dialect: CSVDialect)) throws -> CSVLabels {
    if let known = read.withLock({ $0[table.file] }) { return known }
    var labels = try CSVLabels(
      table.file, dialect: table.dialect, firstPixel: firstPixel, classes: classes[table.file])
    labels.mapLabels { classes.label($0, of: table.file) }
    read.withLock { $0[table.file] = labels }
    return labels
  }

  /// Tells which images are in which split, at the first call.
  ///
  /// - Throws: `FileError` for a table that cannot be read.
  func images(in place: DatasetPlace, seed: UInt64) throws -> CSVSplits {
    if let known = known.withLock({ $0 }) { return known }
    let splits = try CSVSplits(self, of: place, seed: seed)
    known.withLock { $0 = splits }
    return splits
  }

  /// The paths of the files that may be tables of labels.
  static func candidates(of place: DatasetPlace) -> [String] {
    if let file = place.file { return isTable(file) ? [file] : [] }
    return place.allFiles().filter(isTable).map { "\(place.folder)/\($0)" }
  }

  /// The tables of labels of a place, and files that should be some and cannot be read. A table of
  /// something else is neither.
  static func look(
    at place: DatasetPlace
  ) -> (tables: [(file: String, dialect: CSVDialect)], unread: [DatasetProblem]) {
    var tables: [(file: String, dialect: CSVDialect)] = []
    var unread: [DatasetProblem] = []
    for file in candidates(of: place) {
      let text = TextFile.head(of: file)
      if let dialect = text.flatMap(CSVDialect.init) {
        tables.append((file, dialect))
      } else if let reason = LabelFileFault.reason(file) ?? fault(of: text, file) {
        unread.append(DatasetProblem(kind: .unreadableAnnotation, file: file, reason: reason))
      }
    }
    return (tables, unread)
  }

  private static func fault(of text: TextFile?, _ file: String) -> String? {
    guard let text else { return LabelFileFault.ofText(file) }
    return CSVDialect.isNearlyOne(text) ? misfit(text) : nil
  }

  /// What a table that is none of labels lacks.
  static func misfit(_ text: TextFile) -> String {
    "expected columns for image, class and corners, as"
      + " filename,width,height,class,xmin,ymin,xmax,ymax, found"
      + " \((text.lines.first ?? "").prefix(120))"
  }

  private static func isTable(_ file: String) -> Bool {
    ["csv", "tsv"].contains(file.fileExtension)
  }
}
