import Commands
import Files
import Foundation

/// `multibox-torch`, the executable beside this one that links LibTorch.
///
/// This process becomes it, as git becomes its own subcommands: arguments, exit code and signals
/// are the same. It is kept apart because loading LibTorch would cost every command .4 s and 125
/// MB.
enum TorchExecutable {
  /// Does not return where the executable starts.
  ///
  /// - Parameter advice: how to do without it.
  /// - Throws: ``TorchExecutableError`` naming the path that was tried.
  static func replaceProcess(without advice: String? = nil) throws -> Never {
    let path = (OwnExecutable.path as NSString).deletingLastPathComponent + "/multibox-torch"
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw TorchExecutableError(
        path: path,
        reason: "no such executable; `make build` builds it beside multibox"
          + (advice.map { "; \($0)" } ?? ""))
    }
    var arguments: [UnsafeMutablePointer<CChar>?] =
      ([path] + CommandLine.arguments.dropFirst()).map { strdup($0) }
    arguments.append(nil)
    execv(path, &arguments)
    throw TorchExecutableError(path: path, reason: String(cString: strerror(errno)))
  }
}

/// The executable for LibTorch does not start.
struct TorchExecutableError: Error, CustomStringConvertible {
  let path: String
  let reason: String
  var description: String { "\(path): \(reason)" }
}
