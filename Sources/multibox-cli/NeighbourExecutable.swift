import Files
import Foundation

/// An executable beside this one.
///
/// This process becomes it, as git becomes its own subcommands: arguments, exit code and signals
/// are the same.
struct NeighbourExecutable {
  /// The name of its file.
  let name: String
  /// What builds it.
  let maker: String

  private var path: String { OwnExecutable.path.parentFolder + "/" + name }

  var isThere: Bool { FileManager.default.isExecutableFile(atPath: path) }

  /// Does not return where the executable starts.
  ///
  /// - Parameters:
  ///   - advice: how to do without it.
  ///   - prepare: is called when it is known to be there.
  /// - Throws: ``NeighbourExecutableError`` naming the path that was tried; what `prepare` throws.
  func replaceProcess(without advice: String? = nil, prepare: () throws -> Void = {}) throws
    -> Never
  {
    guard isThere else {
      throw NeighbourExecutableError(
        path: path,
        reason: "no such executable; `\(maker)` builds it beside multibox"
          + (advice.map { "; \($0)" } ?? ""))
    }
    try prepare()
    var arguments: [UnsafeMutablePointer<CChar>?] =
      ([path] + CommandLine.arguments.dropFirst()).map { strdup($0) }
    arguments.append(nil)
    execv(path, &arguments)
    throw NeighbourExecutableError(path: path, reason: String(cString: strerror(errno)))
  }

  /// Returns the lines that it prints when it is started with one option.
  ///
  /// - Throws: ``NeighbourExecutableError`` with the first line of its errors where it does not
  ///   start or end well, as without its libraries.
  func output(of option: String) throws -> [String] {
    func failure(_ reason: String) -> NeighbourExecutableError {
      NeighbourExecutableError(path: path, reason: reason)
    }
    let process = Process()
    let (output, errors) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = [option]
    process.standardOutput = output
    process.standardError = errors
    do { try process.run() } catch { throw failure("\(error)") }
    // One after the other: neither writes more than a pipe holds.
    func lines(_ pipe: Pipe) -> [String] {
      String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        .split(whereSeparator: \.isNewline).map(String.init)
    }
    let (printed, said) = (lines(output), lines(errors))
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw failure(said.first ?? "ended with status \(process.terminationStatus)")
    }
    return printed
  }
}

/// An executable beside this one does not start.
struct NeighbourExecutableError: Error, CustomStringConvertible {
  let path: String
  let reason: String
  var description: String { "\(path): \(reason)" }
}
