import Files
import Foundation

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
