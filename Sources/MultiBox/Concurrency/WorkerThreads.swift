#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Threads that help whoever has work in parts, wait for the next, and stay.
///
/// Dispatch's own end when they are idle. It asks for new ones again and again, for ever where the
/// system refuses them by then, as in a container with a limit on processes. Whoever asks here does
/// all parts that no thread takes, so the work ends with however many threads there are.
final class WorkerThreads: @unchecked Sendable {
  // Unchecked: all that changes is touched by whoever holds the mutex.
  static let shared = WorkerThreads()

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let invited = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let ended = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let most = AvailableProcessors.count - 1
  private var threadCount = 0
  private var busyCount = 0
  /// One for each thread that a work asks for and none has taken yet.
  private var invitations: [Work] = []

  private init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(invited, nil)
    pthread_cond_init(ended, nil)
  }

  /// Runs `body` for 0..<`count`, on the calling thread and on those that are free, each index as
  /// one of them becomes free; at most one thread a processor. Returns when all have ended.
  func perform(_ count: Int, _ body: @Sendable (Int) -> Void) {
    guard count > 1, most > 0 else { return (0..<count).forEach(body) }
    withoutActuallyEscaping(body) { body in
      let work = Work(count: count, body: body)
      pthread_mutex_lock(mutex)
      invite(min(count - 1, most), to: work)
      run(work)
      // What nobody has taken up is done.
      invitations.removeAll { $0 === work }
      while work.helperCount > 0 { pthread_cond_wait(ended, mutex) }
      pthread_mutex_unlock(mutex)
      work.body = nil
    }
  }

  /// A piece of work in parts.
  private final class Work {
    let count: Int
    var next = 0
    var helperCount = 0
    var body: (@Sendable (Int) -> Void)?

    init(count: Int, body: @escaping @Sendable (Int) -> Void) {
      self.count = count
      self.body = body
    }

    // Not inlined: nothing of the body is held when this has returned, as
    // `withoutActuallyEscaping` wants it.
    @inline(never) func run(_ index: Int) { body?(index) }
  }

  /// Asks for `helpers` of those that are free, after starting what is missing where the system
  /// lets it. The mutex is held.
  private func invite(_ helpers: Int, to work: Work) {
    while threadCount < helpers, start() { threadCount += 1 }
    let free = threadCount - busyCount - invitations.count
    for _ in 0..<max(min(helpers, free), 0) {
      invitations.append(work)
      pthread_cond_signal(invited)
    }
  }

  /// Takes parts until there is none. The mutex is held, but not during a part.
  private func run(_ work: Work) {
    while work.next < work.count {
      let index = work.next
      work.next += 1
      pthread_mutex_unlock(mutex)
      work.run(index)
      pthread_mutex_lock(mutex)
    }
  }

  private func help() -> Never {
    pthread_mutex_lock(mutex)
    while true {
      while invitations.isEmpty { pthread_cond_wait(invited, mutex) }
      let work = invitations.removeFirst()
      busyCount += 1
      work.helperCount += 1
      run(work)
      work.helperCount -= 1
      busyCount -= 1
      if work.helperCount == 0 { pthread_cond_broadcast(ended) }
    }
  }

  /// Starts a thread that helps; false where the system refuses it.
  private func start() -> Bool {
    // Signals are for other threads, but for those of a fault in the work itself.
    var others = sigset_t()
    var before = sigset_t()
    sigfillset(&others)
    for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] { sigdelset(&others, fault) }
    pthread_sigmask(SIG_SETMASK, &others, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let number = pthread_create(&thread, nil, { _ in WorkerThreads.shared.help() }, nil)
    guard number == 0 else { return false }
    #if canImport(Darwin)
      if let thread { pthread_detach(thread) }
    #else
      pthread_detach(thread)
    #endif
    return true
  }
}
