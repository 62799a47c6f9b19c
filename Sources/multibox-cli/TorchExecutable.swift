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
  /// - Throws: ``TorchExecutableError`` naming the path that was tried; `FileError` where the
  ///   working folder was removed.
  static func replaceProcess(without advice: String? = nil) throws -> Never {
    let path = OwnExecutable.path.parentFolder + "/multibox-torch"
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw TorchExecutableError(
        path: path,
        reason: "no such executable; `make build` builds it beside multibox"
          + (advice.map { "; \($0)" } ?? ""))
    }
    // Its libraries do not find themselves without one, and end the process when they are loaded,
    // which is before it could look itself.
    try WorkingFolder.checkIsThere(for: "LibTorch")
    var arguments: [UnsafeMutablePointer<CChar>?] =
      ([path] + CommandLine.arguments.dropFirst()).map { strdup($0) }
    arguments.append(nil)
    letThreadsSleep()
    execv(path, &arguments)
    throw TorchExecutableError(path: path, reason: String(cString: strerror(errno)))
  }

  /// Lets OpenMP's threads, which LibTorch computes with, sleep where one waits for another.
  ///
  /// By themselves they spin: beside another program, or the threads that load images, a core that
  /// spins is one that computes nothing, and a training takes up to seven times as long. OpenMP
  /// reads this when it is loaded; who has chosen already is heard.
  private static func letThreadsSleep() {
    guard getenv("GOMP_SPINCOUNT") == nil else { return }
    setenv("OMP_WAIT_POLICY", "passive", 0)
  }
}

/// The executable for LibTorch does not start.
struct TorchExecutableError: Error, CustomStringConvertible {
  let path: String
  let reason: String
  var description: String { "\(path): \(reason)" }
}
