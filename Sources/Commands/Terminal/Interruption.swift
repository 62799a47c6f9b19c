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
    MappedRanges.prepare()
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
    var action = sigaction()
    action.setHandler { _, information, _ in
      Interruption.endForMissingBytes(at: information?.pointee.address ?? 0)
    }
    action.sa_flags = SA_SIGINFO
    sigaction(SIGBUS, &action, nil)
  }

  /// Whether whoever started the process asked, as `nohup` does, that it outlives its terminal.
  public static var ignoresHangUp: Bool {
    var action = sigaction()
    sigaction(SIGHUP, nil, &action)
    return action.isIgnored
  }

  /// Ends the process with one line, by what a signal's handler may call alone.
  private static func endForMissingBytes(at address: UInt) -> Never {
    UnfinishedFiles.removeAll()
    func tell(_ text: StaticString) {
      _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
    }
    tell("multibox: ")
    if let name = MappedRanges.name(of: address) {
      _ = write(STDERR_FILENO, name, strlen(name))
      tell(": was made shorter while it was read\n")
    } else {
      tell("a file was made shorter while it was read\n")
    }
    _exit(EXIT_FAILURE)
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

extension siginfo_t {
  /// Of the byte that was asked for.
  fileprivate var address: UInt {
    #if canImport(Darwin)
      UInt(bitPattern: si_addr)
    #else
      UInt(bitPattern: _sifields._sigfault.si_addr)
    #endif
  }
}

extension sigaction {
  fileprivate mutating func setHandler(
    _ handler:
      @escaping @convention(c) (
        Int32, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?
      ) -> Void
  ) {
    #if canImport(Darwin)
      __sigaction_u.__sa_sigaction = handler
    #else
      __sigaction_handler.sa_sigaction = handler
    #endif
  }

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
