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

  /// Does not return where the executable starts.
  ///
  /// - Parameters:
  ///   - advice: how to do without it.
  ///   - prepare: is called when it is known to be there.
  /// - Throws: ``NeighbourExecutableError`` naming the path that was tried; what `prepare` throws.
  func replaceProcess(without advice: String? = nil, prepare: () throws -> Void = {}) throws
    -> Never
  {
    let path = OwnExecutable.path.parentFolder + "/" + name
    guard FileManager.default.isExecutableFile(atPath: path) else {
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
}

/// An executable beside this one does not start.
struct NeighbourExecutableError: Error, CustomStringConvertible {
  let path: String
  let reason: String
  var description: String { "\(path): \(reason)" }
}
