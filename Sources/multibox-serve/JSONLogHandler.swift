import Commands
import Foundation
import Logging
import Serving

/// Writes messages as lines of JSON on standard error.
struct JSONLogHandler: LogHandler {
  var logLevel = Logger.Level.info
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let fields = metadata.merging(event.metadata ?? [:]) { _, new in new }
      .mapValues { $0.description }
    StandardError.write(
      LogLine.text(
        level: event.level.rawValue, message: "\(event.message)", fields: fields, at: Date()))
  }
}
