import Files
import Foundation

/// Standard input, output and error as the process finds them.
enum StandardStreams {
  /// Makes writing safe whatever the caller did with the streams; before anything opens a file.
  ///
  /// A stream that is closed would be that of the next file opened, and its lines would go there.
  /// Standard output becomes one that cannot be written, so that a result is an error, also of the
  /// executable that this process becomes.
  static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    // A file that outgrows the limit of the process is an error, as a full disk is.
    signal(SIGXFSZ, SIG_IGN)
    for (descriptor, mode) in [
      (STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY),
    ] where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free one is taken, and those below are open.
      _ = open("/dev/null", mode)
    }
  }

  /// - Returns: 0, or the system's number of what went wrong.
  fileprivate static func write(_ text: String, to descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { Descriptor.writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
  }
}

/// The stream of results.
public enum StandardOutput {
  /// The other end of the pipe is closed: no line is needed about it.
  struct NobodyReads: Error {}

  /// Whether a person watches.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) != 0 }

  /// Writes one line or several; what of it comes from files must be `shown` if it is to stay in
  /// its line.
  ///
  /// - Throws: `FileError` where it does not arrive: the disk is full, or the stream is closed.
  public static func write(_ text: String) throws {
    try check(StandardStreams.write(text.withEscapedControls() + "\n", to: STDOUT_FILENO))
  }

  /// Asks for the errors that some file systems only tell at the end.
  ///
  /// - Throws: `FileError` where something that was written did not arrive.
  static func finish() throws {
    // Of a second descriptor: what is opened later must not become standard output.
    let copy = dup(STDOUT_FILENO)
    guard copy >= 0, close(copy) != 0 else { return }
    try check(errno)
  }

  private static func check(_ number: Int32) throws {
    guard number != 0 else { return }
    if number == EPIPE { throw NobodyReads() }
    throw FileError(
      path: "standard output", reason: "cannot be written: \(String(cString: strerror(number)))")
  }
}

/// The stream for everything that is not a result. What does not arrive is dropped: no work may end
/// because nobody sees how far it is.
public enum StandardError {
  /// What every line begins with, as of one of several processes; to be set before other threads
  /// write.
  nonisolated(unsafe) public static var linePrefix = ""

  /// Writes one line, whatever it holds.
  public static func write(_ line: String) { writeRaw(linePrefix + line.shown + "\n") }

  /// Writes lines.
  static func write(lines: some Sequence<String>) {
    writeRaw(lines.map { linePrefix + $0.shown + "\n" }.joined())
  }

  /// Writes text as it is; what comes from a file must have lost its control characters.
  static func writeRaw(_ text: String) {
    _ = StandardStreams.write(text, to: STDERR_FILENO)
  }

  /// Whether a person watches.
  public static var isTerminal: Bool { isatty(STDERR_FILENO) != 0 }

  /// Whether a person watches on a terminal that can draw a line anew: one called `dumb`, or by no
  /// name, shows the codes for it as signs.
  static var redraws: Bool {
    guard isTerminal, let name = ProcessInfo.processInfo.environment["TERM"] else { return false }
    return !name.isEmpty && name != "dumb"
  }

  /// The width of the terminal as it is now; nil where there is none or it does not say.
  static var columns: Int? {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
