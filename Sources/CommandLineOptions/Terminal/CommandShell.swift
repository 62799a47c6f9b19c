import ArgumentParser
import Files
import Foundation
import Logging

/// How both executables start, report errors and end.
public enum CommandShell {
  /// Parses the process's arguments, runs the command and ends the process.
  ///
  /// Wrong usage and help keep argument-parser's text and exit code. Every other error is one line
  /// on standard error, and exit code 1.
  public static func main<Root: ParsableCommand>(_ root: Root.Type) -> Never {
    LoggingSystem.bootstrap { _ in PlainLogHandler() }
    do {
      try SubcommandName.check(CommandLine.arguments.dropFirst(), of: root)
      var command = try root.parseAsRoot()
      do {
        try command.run()
      } catch let error where error is ExitCode || root.exitCode(for: error) != .failure {
        // Help, version and wrong usage.
        root.exit(withError: error)
      } catch {
        StandardError.write("multibox: \(oneLine(error))")
        exit(1)
      }
    } catch {
      root.exit(withError: error)
    }
    exit(0)
  }

  private static func oneLine(_ error: any Error) -> String {
    let text = "\(error)"
    return text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}

/// Writes messages as lines on standard error: what a user reads needs no time and no label.
private struct PlainLogHandler: LogHandler {
  var logLevel = Logger.Level.info
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let prefix = event.level >= .warning ? "\(event.level): " : ""
    StandardError.write("\(prefix)\(event.message)")
  }
}

/// The stream of results.
public enum StandardOutput {
  /// Whether a person watches.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) != 0 }

  /// Writes a line.
  ///
  /// - Throws: `FileError` where it does not arrive: the disk is full, or nobody reads any more.
  public static func write(_ line: String) throws(FileError) {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
    } catch {
      throw FileError(path: "standard output", reason: "cannot be written: \(error)")
    }
  }
}

/// The stream for everything that is not a result.
public enum StandardError {
  /// Writes a line.
  public static func write(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }

  /// Writes text as it is.
  public static func writeRaw(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }

  /// Whether a person watches.
  public static var isTerminal: Bool { isatty(STDERR_FILENO) != 0 }

  /// The width of the terminal as it is now; nil where there is none or it does not say.
  static var columns: Int? {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
