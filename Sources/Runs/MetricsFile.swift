import Datasets
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
  /// - Throws: `FileError` naming line and column of what is damaged.
  public func read() throws -> [Metrics] {
    guard try InputFile.isThere(path) else { return [] }
    let data = try InputFile.contents(path)
    let lines = data.split(separator: 0x0A, omittingEmptySubsequences: false)
    return try lines.enumerated().compactMap { index, line in
      do {
        return line.isEmpty ? nil : try metrics(line, number: index + 1)
      } catch {
        // The last one without a line's end.
        if index == lines.count - 1 { return nil }
        throw error
      }
    }
  }

  /// Foundation's decoder is the faster one, and does not tell the place of what is wrong.
  private func metrics(_ line: Data, number: Int) throws(FileError) -> Metrics {
    if let metrics = try? JSONDecoder().decode(Metrics.self, from: line) { return metrics }
    return try JSONDocument.decode(Metrics.self, from: line, path: path, firstLine: number)
  }

  /// Adds a line.
  package func append(_ metrics: Metrics) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    var line = try encoder.encode(metrics)
    line.append(0x0A)
    guard try InputFile.isThere(path) else {
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
    guard try InputFile.isThere(path) else { return [] }
    let data = try InputFile.contents(path)
    var kept = Data()
    var notes: [String] = []
    let lines = data.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.isEmpty {
      let metrics: Metrics
      do {
        metrics = try self.metrics(line, number: index + 1)
      } catch {
        // The last one without a line's end is what a kill leaves.
        if index < lines.count - 1 {
          notes.append("\(path): line \(index + 1) is damaged, and left out: \(error.reason)")
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
