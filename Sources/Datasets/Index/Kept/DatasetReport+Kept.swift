import Files

extension DatasetReport {
  /// Writes problems, changes and their places, in their order; what ``init(kept:)`` reads.
  func write(to file: inout ColumnFileWriter) {
    file.add(problems.map(\.kind.rawValue))
    file.add(problems.map(\.file))
    file.add(problems.map(\.reason))
    let kinds = changes.keys.sorted { $0.rawValue < $1.rawValue }
    file.add(kinds.map(\.rawValue))
    file.add(kinds.map { Int64(changes[$0] ?? 0) })
    file.add(kinds.map { Int64(places[$0]?.count ?? 0) })
    let all = kinds.flatMap { places[$0] ?? [] }
    file.add(all.map(\.file))
    file.add(all.map(\.reason))
  }

  /// Reads what ``write(to:)`` wrote.
  init(kept file: inout ColumnFile) throws(ColumnFile.Fault) {
    func fault() -> ColumnFile.Fault { ColumnFile.Fault(reason: "a report that is none") }
    self.init()
    let (kinds, files, reasons) = try (file.texts(), file.texts(), file.texts())
    guard files.count == kinds.count, reasons.count == kinds.count else { throw fault() }
    for index in kinds.indices {
      guard let kind = DatasetProblem.Kind(rawValue: kinds[index]) else { throw fault() }
      add(kind, files[index], reasons[index])
    }
    let changes = try file.texts()
    let counts = try file.numbers(of: Int64.self)
    let placeCounts = try file.numbers(of: Int64.self)
    let (placeFiles, placeReasons) = try (file.texts(), file.texts())
    guard counts.count == changes.count, placeCounts.count == changes.count,
      placeReasons.count == placeFiles.count
    else { throw fault() }
    var place = 0
    for index in changes.indices {
      let placeCount = Int(placeCounts[index])
      guard let change = DatasetChange(rawValue: changes[index]), placeCount >= 0,
        placeCount <= placeFiles.count - place, placeCount <= Int(counts[index])
      else { throw fault() }
      for place in place..<place + placeCount {
        add(change, placeFiles[place], placeReasons[place])
      }
      place += placeCount
      add(change, count: Int(counts[index]) - placeCount)
    }
  }
}
