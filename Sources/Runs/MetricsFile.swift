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
    guard let handle = FileHandle(forWritingAtPath: path) else {
      throw FileError(path: path, reason: "cannot be opened for writing")
    }
    try handle.seekToEnd()
    try handle.write(contentsOf: line)
    try handle.close()
  }

  /// Drops the lines after `iteration`, which the resumed run will write again, and a torn last
  /// line.
  package func truncate(after iteration: Int) throws {
    guard let data = FileManager.default.contents(atPath: path) else { return }
    var kept = Data()
    for line in data.split(separator: 0x0A) {
      guard let metrics = try? JSONDecoder().decode(Metrics.self, from: line),
        metrics.iteration <= iteration
      else { break }
      kept.append(contentsOf: line)
      kept.append(0x0A)
    }
    try AtomicFile.write(kept, to: path)
  }
}
