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
  fileprivate func process(_ arguments: [String]) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    // Alone: neither variables nor packages of the user are its own.
    process.arguments = ["-I", script] + arguments
    return process
  }
}

/// The script at work.
final class CoreAIProcess {
  private let process: Process
  private let questions = Pipe()
  private let answers = Pipe()
  /// A file without a name, which cannot fill up while nobody reads.
  private let messages: UnsafeMutablePointer<FILE>

  /// - Parameter path: of what it works on, for the error.
  init(
    _ environment: CoreAIEnvironment, _ arguments: [String], path: String
  ) throws(FileError) {
    guard let messages = tmpfile() else {
      throw FileError(
        path: path,
        reason: "no file for the messages of Core AI: \(String(cString: strerror(errno)))")
    }
    self.messages = messages
    process = environment.process(arguments)
    process.standardInput = questions
    process.standardOutput = answers
    process.standardError = FileHandle(fileDescriptor: fileno(messages), closeOnDealloc: false)
    do {
      try process.run()
    } catch {
      throw FileError(
        path: environment.folder,
        reason: "its python3 does not start: \(error.localizedDescription)")
    }
  }

  deinit { fclose(messages) }

  /// Sends bytes; what has ended does not take them, which its answer tells.
  func send(_ bytes: some DataProtocol) {
    try? questions.fileHandleForWriting.write(contentsOf: bytes)
  }

  func closeInput() { try? questions.fileHandleForWriting.close() }

  /// Returns so many bytes of the answer, or fewer where it ends before.
  func answer(byteCount: Int) -> Data {
    var bytes = Data()
    while bytes.count < byteCount,
      let part = try? answers.fileHandleForReading.read(upToCount: byteCount - bytes.count),
      !part.isEmpty
    {
      bytes += part
    }
    return bytes
  }

  /// Returns a line of the answer without its end; nil where it ends before.
  func answerLine() -> Data? {
    var line = Data()
    while let byte = answer(byteCount: 1).first {
      if byte == UInt8(ascii: "\n") { return line }
      line.append(byte)
    }
    return nil
  }

  /// Waits for its end.
  ///
  /// - Returns: what went wrong; nil where nothing did.
  func end() -> String? {
    closeInput()
    process.waitUntilExit()
    let status = process.terminationStatus
    if process.terminationReason == .uncaughtSignal { return "was ended by signal \(status)" }
    guard status != 0 else { return nil }
    rewind(messages)
    let handle = FileHandle(fileDescriptor: fileno(messages), closeOnDealloc: false)
    let text = String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
    return text.split(separator: "\n").last.map(String.init) ?? "ended with status \(status)"
  }
}
