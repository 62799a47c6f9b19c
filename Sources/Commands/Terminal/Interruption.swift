import Files
import Foundation

/// Ctrl-C, a polite kill and a terminal that closes.
///
/// They end the process at once, and the temporary files of unfinished writes with it; a work that
/// can stop in good order asks for the first one as a request.
public enum Interruption {
  // What a signal's handler touches must be there before it, and be no object.
  nonisolated(unsafe) private static let state = {
    let state = UnsafeMutablePointer<State>.allocate(capacity: 1)
    state.initialize(to: State())
    return state
  }()

  private struct State {
    var takesRequests: sig_atomic_t = 0
    /// The number of the first signal; 0 before it.
    var request: sig_atomic_t = 0
  }

  /// Begins to listen; before any file is written.
  static func prepare() {
    UnfinishedFiles.prepare()
    _ = state
    // Whoever starts this process on a thread of Dispatch hands its mask down, which blocks all.
    var listened = sigset_t()
    sigemptyset(&listened)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&listened, number) }
    pthread_sigmask(SIG_UNBLOCK, &listened, nil)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      var action = sigaction()
      // `nohup` asks for that. Of SIGINT a shell without job control asks for all it starts beside
      // itself, and who sends it by hand means it.
      sigaction(number, nil, &action)
      if number == SIGHUP, action.isIgnored { continue }
      signal(number) { number in Interruption.handle(number) }
    }
    // Files are mapped, and somebody may write one anew while it is read.
    signal(SIGBUS) { _ in
      UnfinishedFiles.removeAll()
      let message: StaticString = "multibox: a file was made shorter while it was read\n"
      _ = write(STDERR_FILENO, message.utf8Start, message.utf8CodeUnitCount)
      _exit(EXIT_FAILURE)
    }
  }

  /// From now on the first signal is a request that ``requested`` tells, and the second ends the
  /// process.
  public static func takeRequests() { state.pointee.takesRequests = 1 }

  /// The number of the signal that asks for an end; nil before one came.
  public static var requested: Int32? {
    state.pointee.request == 0 ? nil : state.pointee.request
  }

  private static func handle(_ number: Int32) {
    if state.pointee.takesRequests != 0, state.pointee.request == 0 {
      state.pointee.request = number
      return
    }
    UnfinishedFiles.removeAll()
    // As if nobody had listened: the shell sees by what it ended.
    signal(number, SIG_DFL)
    raise(number)
  }
}

extension sigaction {
  fileprivate var isIgnored: Bool {
    #if canImport(Darwin)
      unsafeBitCast(__sigaction_u.__sa_handler, to: Int.self)
        == unsafeBitCast(SIG_IGN, to: Int.self)
    #else
      unsafeBitCast(__sigaction_handler.sa_handler, to: Int.self)
        == unsafeBitCast(SIG_IGN, to: Int.self)
    #endif
  }
}
