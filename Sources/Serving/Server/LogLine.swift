import Foundation

/// A line of a server's log: one JSON object.
public enum LogLine {
  /// Returns the line.
  ///
  /// - Parameters:
  ///   - level: `info`, `error` and the like.
  ///   - message: what happened.
  ///   - fields: names and values beside it; `level`, `message` and `time` are no names of theirs.
  ///   - time: when it happened.
  public static func text(
    level: String, message: String, fields: [String: String], at time: Date
  ) -> String {
    var all = fields
    all["level"] = level
    all["message"] = message
    all["time"] = time.ISO8601Format(
      Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Texts alone: those encode always.
    return (try? encoder.encode(all)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}
