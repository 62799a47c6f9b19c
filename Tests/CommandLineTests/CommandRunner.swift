import Foundation
import ModelFiles
import TestSupport

/// Runs the built executables as a user would.
struct CommandRunner {
  struct Output {
    let status: Int32
    /// Ended by a signal; `status` is its number.
    let isSignalled: Bool
    let out: String
    let err: String
  }

  /// The folder of the test bundle, where SwiftPM puts the executables too.
  static let products = (ProcessInfo.processInfo.arguments[0] as NSString).deletingLastPathComponent
  static let multibox = products + "/multibox"

  /// Whether the package is a git repository of its own; `.git` is a file in a worktree.
  static let isRepository = FileManager.default.fileExists(atPath: ThisPackage.root + "/.git")

  /// Starts without waiting.
  static func start(
    _ executable: String = multibox, _ arguments: [String], in folder: String? = nil,
    environment: [String: String] = [:]
  ) throws -> (process: Process, files: (out: String, err: String)) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    // What a training starts from must not depend on what this checkout has brought, nor what is
    // read on what was read before.
    process.environment = ProcessInfo.processInfo.environment.merging(
      [BroughtFile.variable: "/nowhere", "MULTIBOX_CACHE": "off"].merging(environment) { $1 }
    ) { _, ours in ours }
    // Files, not pipes: nothing can fill up while nobody reads.
    let base = NSTemporaryDirectory() + "multibox-\(UUID().uuidString)"
    for suffix in [".out", ".err"] {
      try Data().write(to: URL(fileURLWithPath: base + suffix))
    }
    process.standardOutput = FileHandle(forWritingAtPath: base + ".out")
    process.standardError = FileHandle(forWritingAtPath: base + ".err")
    try process.run()
    return (process, (base + ".out", base + ".err"))
  }

  static func finish(
    _ started: (process: Process, files: (out: String, err: String))
  ) -> Output {
    started.process.waitUntilExit()
    func text(_ path: String) -> String {
      defer { try? FileManager.default.removeItem(atPath: path) }
      return String(
        decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
    return Output(
      status: started.process.terminationStatus,
      isSignalled: started.process.terminationReason == .uncaughtSignal,
      out: text(started.files.out), err: text(started.files.err))
  }

  static func run(
    _ arguments: [String], executable: String = multibox, in folder: String? = nil
  ) throws -> Output {
    finish(try start(executable, arguments, in: folder))
  }

  /// Calls `body` with a copy of multibox beside a stand-in for another executable.
  ///
  /// - Parameters:
  ///   - script: of a shell; nil for none beside it.
  ///   - name: of the other executable.
  static func withStandIn<Result>(
    _ script: String?, for name: String = "multibox-torch", _ body: (String) throws -> Result
  ) throws -> Result {
    try withFolder { folder in
      try FileManager.default.copyItem(atPath: multibox, toPath: folder + "/multibox")
      if let script {
        let path = folder + "/" + name
        try Data(script.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
      }
      return try body(folder + "/multibox")
    }
  }
}
