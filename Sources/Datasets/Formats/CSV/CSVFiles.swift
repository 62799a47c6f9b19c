import Files
import Foundation
import Synchronization

/// The tables of labels in a place, each read once, and which split each is of.
final class CSVFiles: Sendable {
  /// Tables whose columns are known, sorted by path.
  let tables: [(file: String, dialect: CSVDialect)]
  /// The split of each table whose name or folder says one.
  let splits: [String: String]
  /// What classes there are, as a file beside the tables says.
  let classes: CSVClasses?
  /// Where that stands.
  let classFile: String?
  private let firstPixel: Int?
  private let read = Mutex([String: CSVLabels]())
  private let known = Mutex(CSVSplits?.none)

  /// - Throws: `FileError` naming the class file and line.
  init(_ place: DatasetPlace, firstPixel: Int?) throws {
    self.firstPixel = firstPixel
    tables = Self.tables(of: place)
    splits = SplitFileNames(tables.map(\.file), of: place).splits
    var classes: CSVClasses?
    var classFile: String?
    for file in Self.classFiles(of: place, beside: tables.first?.file) where classes == nil {
      classes = try CSVClasses(file)
      classFile = file
    }
    self.classes = classes
    self.classFile = classes == nil ? nil : classFile
  }

  /// Reads a table, at the first call.
  ///
  /// - Throws: `FileError` naming the file.
  func labels(_ table: (file: String, dialect: CSVDialect)) throws -> CSVLabels {
    if let known = read.withLock({ $0[table.file] }) { return known }
    let labels = try CSVLabels(
      table.file, dialect: table.dialect, firstPixel: firstPixel, classes: classes ?? CSVClasses())
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

  static func tables(of place: DatasetPlace) -> [(file: String, dialect: CSVDialect)] {
    candidates(of: place).compactMap { file in
      TextFile.head(of: file).flatMap(CSVDialect.init).map { (file, $0) }
    }
  }

  private static func isTable(_ file: String) -> Bool {
    ["csv", "tsv"].contains(file.fileExtension)
  }

  private static func classFiles(of place: DatasetPlace, beside table: String?) -> [String] {
    let folder = table?.parentFolder ?? place.folder
    let beside = (place.tree.listing(folder)?.files ?? []).map { "\(folder)/\($0)" }
    let others =
      place.file == nil ? place.allFiles().map { "\(place.folder)/\($0)" } : []
    let found = (beside + others).filter(CSVClasses.isMeant)
    return found.filter { $0 != table }
  }
}
