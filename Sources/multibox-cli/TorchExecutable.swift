import Commands
import Files
import Foundation

/// `multibox-torch`, the executable beside this one that links LibTorch.
///
/// It is kept apart because loading LibTorch would cost every command .4 s and 125 MB.
enum TorchExecutable {
  static let executable = NeighbourExecutable(name: "multibox-torch", maker: "make build")

  /// Does not return where the executable starts.
  ///
  /// - Parameter advice: how to do without it.
  /// - Throws: ``NeighbourExecutableError`` naming the path that was tried; `FileError` where the
  ///   working folder was removed.
  static func replaceProcess(without advice: String? = nil) throws -> Never {
    try executable.replaceProcess(without: advice) {
      // Its libraries do not find themselves without one, and end the process when they are loaded,
      // which is before it could look itself.
      try WorkingFolder.checkIsThere(for: "LibTorch")
      letThreadsSleep()
    }
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
