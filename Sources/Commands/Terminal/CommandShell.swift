import ArgumentParser
import Files
import Foundation
import Logging

/// How both executables start, report errors and end.
public enum CommandShell {
  /// Parses the process's arguments, runs the command and ends the process.
  ///
  /// Wrong usage and help keep argument-parser's text and exit code. Every other error is one line
  /// on standard error, and exit code 1; a result that did not arrive is one.
  ///
  /// - Parameters:
  ///   - root: the command, whose version is ``ProgramVersion/text``.
  ///   - parts: what `--version` tells behind it, besides commit and formats of images; is called
  ///     for that alone.
  public static func main<Root: ParsableCommand>(
    _ root: Root.Type, parts: () -> [ProgramVersion.Part] = { [] }
  ) -> Never {
    StandardStreams.prepare()
    Interruption.prepare()
    LoggingSystem.bootstrap { _ in PlainLogHandler() }
    do {
      try ProcessLimits.check()
      let status = try status(of: root, parts)
      try StandardOutput.finish()
      exit(status)
    } catch is StandardOutput.NobodyReads {
      // As of a program that is the first of a pipe: whoever stopped reading knows.
      exit(EXIT_FAILURE)
    } catch {
      StandardError.write("multibox: \(oneLine(error))")
      exit(EXIT_FAILURE)
    }
  }

  private static func status<Root: ParsableCommand>(
    of root: Root.Type, _ parts: () -> [ProgramVersion.Part]
  ) throws -> Int32 {
    var command: any ParsableCommand
    do {
      try checkArguments()
      try SubcommandName.check(CommandLine.arguments.dropFirst(), of: root)
      command = try root.parseAsRoot()
    } catch {
      return try answer(error, root, parts)
    }
    do {
      try command.run()
    } catch let error where error is ExitCode || root.exitCode(for: error) != .failure {
      return try answer(error, root, parts)
    }
    return EXIT_SUCCESS
  }

  /// - Throws: a usage error for an argument that is empty, or no UTF-8: a file of such a name
  ///   could not be found by the text made of it.
  private static func checkArguments() throws {
    for case let argument? in UnsafeMutableBufferPointer(
      start: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
    where String(validatingCString: argument) == nil {
      throw ValidationError(
        "\(String(cString: argument)): expected UTF-8, found another encoding; give the file a name"
          + " in UTF-8")
    }
    // As of a shell's variable that is not set: no folder, file or name is empty.
    let arguments = CommandLine.arguments
    for (index, argument) in arguments.enumerated().dropFirst() {
      let isEmptyValue = argument.hasPrefix("--") && argument.hasSuffix("=")
      guard argument.isEmpty || isEmptyValue else { continue }
      let place = isEmptyValue ? argument.dropLast() : arguments[index - 1][...]
      throw ValidationError("behind \(place): expected a value, found an empty one")
    }
  }

  /// Writes help, version or wrong usage as argument-parser's own `exit` does, which does not look
  /// whether they arrive.
  private static func answer(
    _ error: any Error, _ root: any ParsableCommand.Type, _ parts: () -> [ProgramVersion.Part]
  ) throws -> Int32 {
    let status = root.exitCode(for: error)
    let text = root.fullMessage(for: error)
    if !text.isEmpty {
      if status.isSuccess {
        // The parser's version is a constant, made for every command; to ask engines takes time.
        let behind =
          text == root.configuration.version
          ? [ProgramVersion.commit] + parts() + [ProgramVersion.images] : []
        try StandardOutput.write(([text] + behind.map(\.line)).joined(separator: "\n"))
      } else {
        StandardError.write(lines: lines(text, message: root.message(for: error)))
      }
    }
    return status.rawValue
  }

  /// The lines of wrong usage. Those of its message are the parser's own unless an argument has
  /// several, which the message may quote.
  private static func lines(_ text: String, message: String) -> [String] {
    func split(_ text: Substring) -> [String] {
      text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
    guard CommandLine.arguments.contains(where: { $0.unicodeScalars.contains("\n") }),
      let place = text.range(of: message)
    else { return split(text[...]) }
    return split(text[..<place.lowerBound] + message.shown + text[place.upperBound...])
  }

  /// What an error of a library may say in several lines.
  private static func oneLine(_ error: any Error) -> String { "\(error)".inOneLine }
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
