import Files
import Foundation

/// The Python environment that `make coreai` makes: Apple's compiler and interpreter of Core AI,
/// the converter of ONNX, and the script that calls them.
///
/// It lies in the folder that the environment variable `MULTIBOX_COREAI` names, else in
/// `.deps/coreai` of the checkout that the executable was built in.
public struct CoreAIEnvironment: Hashable, Sendable {
  /// The environment variable that names the folder.
  public static let variable = "MULTIBOX_COREAI"

  /// The path of the folder.
  public let folder: String
  private var python: String { folder + "/bin/python3" }
  private var script: String { folder + "/coreai_asset.py" }

  /// Finds the environment.
  ///
  /// - Parameters:
  ///   - environment: the variables of the process.
  ///   - executable: the path of the program, from which a checkout is looked for.
  /// - Throws: `FileError` naming what is missing and how to get it.
  public init(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    executable: String = OwnExecutable.path
  ) throws(FileError) {
    let named = environment[Self.variable].flatMap { $0.isEmpty ? nil : $0 }
    guard let folder = named ?? OwnExecutable.dependencies(of: executable).map({ $0 + "/coreai" })
    else {
      throw FileError(
        path: Self.variable,
        reason: "names no folder: run make coreai in a checkout and name its .deps/coreai")
    }
    self.folder = folder
    for path in [python, script] where try !InputFile.isThere(path) {
      throw FileError(path: path, reason: "no such file: make coreai brings Apple's compiler")
    }
  }

  /// Runs the script to its end.
  ///
  /// - Parameters:
  ///   - arguments: the script's.
  ///   - path: of what is written, for the error.
  /// - Throws: `FileError` with the last line of what the script says.
  func run(_ arguments: [String], writing path: String) throws(FileError) {
    let started = try CoreAIProcess(self, arguments, path: path)
    started.closeInput()
    guard let reason = started.end() else { return }
    throw FileError(path: path, reason: "was not written: Core AI's converter: \(reason)")
  }

  /// The script as a process that has not started.
  func process(_ arguments: [String]) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    // Alone: neither variables nor packages of the user are its own.
    process.arguments = ["-I", script] + arguments
    return process
  }
}
