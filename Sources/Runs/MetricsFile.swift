import Files
import Foundation

/// The file of metrics: appended line by line, cut back when a run resumes from an earlier
/// checkpoint.
public struct MetricsFile: Sendable {
  /// The file's path.
  public let path: String

  /// Names a file, which need not exist.
  public init(path: String) {
    self.path = path
  }

  /// Returns all lines; none where there is no file yet. A torn last line, as a kill leaves it, is
  /// left out.
  ///
  /// - Throws: `FileError` naming a line that is damaged.
  public func read() throws -> [Metrics] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let data = try InputFile.contents(path)
    let lines = data.split(separator: 0x0A)
    return try lines.enumerated().compactMap { index, line in
      do {
        return try JSONDecoder().decode(Metrics.self, from: line)
      } catch {
        if index == lines.count - 1, data.last != 0x0A { return nil }
        let reason = (error as? DecodingError)?.explanation ?? "\(error)"
        throw FileError(path: path, reason: "line \(index + 1): \(reason)")
      }
    }
  }

  /// Adds a line.
  package func append(_ metrics: Metrics) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    var line = try encoder.encode(metrics)
    line.append(0x0A)
    if !FileManager.default.fileExists(atPath: path) {
      try AtomicFile.write(line, to: path)
      return
    }
    let file = try GrowingFile(extending: path)
    try file.append(line)
    try file.sync()
  }

  /// Drops the lines after an iteration, which the resumed run will write again, and a torn last
  /// line.
  ///
  /// - Parameters:
  ///   - iteration: of the checkpoint that the run resumes from.
  ///   - keepsEvaluations: false drops those at that iteration too: it is measured again.
  /// - Returns: what to tell: damaged lines are dropped too.
  package func truncate(
    after iteration: Int, keepsEvaluations: Bool = true
  ) throws -> [String] {
    guard FolderListing.isFile(path) else { return [] }
    let data = try InputFile.contents(path)
    var kept = Data()
    var notes: [String] = []
    let lines = data.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.isEmpty {
      guard let metrics = try? JSONDecoder().decode(Metrics.self, from: line) else {
        // The last one without a line's end is what a kill leaves.
        if index < lines.count - 1 {
          notes.append("\(path): line \(index + 1) is damaged, and left out")
        }
        continue
      }
      if case .evaluation = metrics, !keepsEvaluations, metrics.iteration == iteration { continue }
      guard metrics.iteration <= iteration else { continue }
      kept.append(contentsOf: line)
      kept.append(0x0A)
    }
    try AtomicFile.write(kept, to: path)
    return notes
  }
}
