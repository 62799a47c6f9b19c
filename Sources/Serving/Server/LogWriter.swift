import Files
import Foundation

/// Writes the lines of a log on a thread of its own, so that a pipe that nobody reads holds up the
/// log alone: requests are answered, and signals end the process.
public final class LogWriter: @unchecked Sendable {
  // Unchecked: what changes is behind a lock.

  /// The bytes of lines that wait, at most.
  public static let usualCapacity = 4_000_000

  private let condition = NSCondition()
  private let capacity: Int
  private let write: @Sendable (String) -> Void
  private let note: @Sendable (Int) -> String
  private var lines: [String] = []
  /// Their bytes.
  private var size = 0
  /// Lines that found no room since the last that did.
  private var lost = 0
  private var isWriting = false

  /// Starts the thread, which the process keeps.
  ///
  /// - Parameters:
  ///   - capacity: the bytes of lines that wait, at most; but one line always may.
  ///   - write: writes a line, on the thread; it may block.
  ///   - note: makes the line that says how many lines found no room, 1 or more.
  /// - Throws: `FileError` where the system has no thread.
  public init(
    capacity: Int = LogWriter.usualCapacity, write: @escaping @Sendable (String) -> Void,
    note: @escaping @Sendable (Int) -> String
  ) throws(FileError) {
    self.capacity = capacity
    self.write = write
    self.note = note
    guard let thread = SystemThread.start(name: "log", { self.work() }) else {
      throw FileError(path: "log", reason: "the system has no thread for it")
    }
    thread.detach()
  }

  /// Takes a line, or counts it where too many wait.
  ///
  /// - Parameter line: without its end.
  public func add(_ line: String) {
    condition.lock()
    defer { condition.unlock() }
    guard lines.isEmpty || size + line.utf8.count <= capacity else {
      lost += 1
      return
    }
    lines.append(line)
    size += line.utf8.count
    condition.broadcast()
  }

  /// Waits until all lines are written.
  ///
  /// - Parameter seconds: no longer than so many.
  /// - Returns: false where some are not.
  @discardableResult
  public func flush(within seconds: Double) -> Bool {
    let end = Date(timeIntervalSinceNow: seconds)
    condition.lock()
    defer { condition.unlock() }
    while isWriting || !lines.isEmpty || lost > 0 {
      guard condition.wait(until: end) else { return false }
    }
    return true
  }

  /// The lines that the thread has not taken yet.
  var waitingCount: Int {
    condition.lock()
    defer { condition.unlock() }
    return lines.count
  }

  private func work() {
    while true {
      condition.lock()
      isWriting = false
      condition.broadcast()
      while lines.isEmpty { condition.wait() }
      var taken = lines
      if lost > 0 { taken.append(note(lost)) }
      (lines, size, lost, isWriting) = ([], 0, 0, true)
      condition.unlock()
      for line in taken { write(line) }
    }
  }
}
