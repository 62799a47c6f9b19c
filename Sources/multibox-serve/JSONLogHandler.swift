import Commands
import Foundation
import Logging
import Serving

/// Writes messages as lines of JSON on standard error.
struct JSONLogHandler: LogHandler {
  let writer: LogWriter
  var logLevel = Logger.Level.info
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let fields = metadata.merging(event.metadata ?? [:]) { _, new in new }
      .mapValues { $0.description }
    writer.add(
      LogLine.text(
        level: event.level.rawValue, message: "\(event.message)", fields: fields, at: Date()))
  }

  /// A writer on standard error.
  static func writer() throws -> LogWriter {
    try LogWriter(write: StandardError.write) { count in
      LogLine.text(
        level: Logger.Level.warning.rawValue,
        message: "lines of the log left out, because nobody read them",
        fields: ["lines": "\(count)"], at: Date())
    }
  }
}
