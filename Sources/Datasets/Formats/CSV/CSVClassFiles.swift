import Files
import Foundation

/// The files that say which classes the numbers in tables of labels mean: the nearest in the
/// folders above a table, else the first of all.
struct CSVClassFiles: Sendable {
  /// The names of all that count; nil without any.
  let names: [String]?
  /// Those that contradict each other.
  private(set) var report = DatasetReport()
  private var classes: [CSVClasses] = []
  private var ofTable: [String: Int] = [:]
  private let joined: JoinedClasses

  /// - Parameters:
  ///   - place: the dataset.
  ///   - tables: of labels.
  /// - Throws: `FileError` naming the class file and line.
  init(_ place: DatasetPlace, tables: [String]) throws {
    var read: [String: CSVClasses?] = [:]
    var counting: [String] = []
    var fallbacks: Set<String> = []
    let all = Self.files(of: place, besides: tables)
    for table in tables {
      let near = all.filter { table.hasPrefix($0.parentFolder + "/") }
        .sorted { ($1.parentFolder.count, $0) < ($0.parentFolder.count, $1) }
      for file in near + all where ofTable[table] == nil {
        let found = try read[file] ?? CSVClasses(file)
        read[file] = .some(found)
        guard let found else { continue }
        if let index = counting.firstIndex(of: file) {
          ofTable[table] = index
        } else {
          ofTable[table] = classes.count
          classes.append(found)
          counting.append(file)
        }
        if !near.contains(file) { fallbacks.insert(file) }
      }
    }
    joined = JoinedClasses(classes.map { $0.names ?? [] })
    names = classes.contains { $0.names != nil } ? joined.names : nil
    for (file, list) in zip(counting, classes.map(\.namesByNumber)) {
      // Another that counts elsewhere says nothing of this one's tables, unless they have none.
      for other in all where !counting.contains(other) || fallbacks.contains(file) {
        guard let found = read[other] ?? (try? CSVClasses(other)) else { continue }
        let isNear = file.hasPrefix(other.parentFolder + "/") || file == counting[0]
        guard isNear || fallbacks.contains(file) else { continue }
        report.add(list, of: file, against: found.namesByNumber, of: other)
      }
    }
  }

  /// The classes that a table means.
  subscript(table: String) -> CSVClasses { ofTable[table].map { classes[$0] } ?? CSVClasses() }

  /// A label of a table as one of ``names``.
  func label(_ label: AnnotatedObject.Label, of table: String) -> AnnotatedObject.Label {
    ofTable[table].map { joined.label(label, ofList: $0) } ?? label
  }

  private static func files(of place: DatasetPlace, besides tables: [String]) -> [String] {
    let folder = tables.first?.parentFolder ?? place.folder
    let beside = (place.tree.listing(folder)?.files ?? []).map { "\(folder)/\($0)" }
    let others =
      place.file == nil ? place.allFiles().map { "\(place.folder)/\($0)" } : []
    var seen = Set(tables)
    return (beside + others).filter { CSVClasses.isMeant(by: $0) && seen.insert($0).inserted }
  }
}
