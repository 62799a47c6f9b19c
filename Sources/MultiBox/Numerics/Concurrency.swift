import Dispatch

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Runs `body` for 0..<`count` on up to `threadCount` threads and returns the results in order.
///
/// Which thread takes which index changes nothing: results are placed by index.
package func concurrentMap<Result: Sendable>(
  count: Int, threadCount: Int, _ body: @Sendable (Int) -> Result
) -> [Result] {
  precondition(threadCount > 0, "a thread count of \(threadCount)")
  let workers = min(threadCount, count)
  guard workers > 1, HelperThreads.areThere(workers - 1) else { return (0..<count).map(body) }
  return [Result](unsafeUninitializedCapacity: count) { buffer, initializedCount in
    nonisolated(unsafe) let results = buffer
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      for index in stride(from: worker, to: count, by: workers) {
        results.initializeElement(at: index, to: body(index))
      }
    }
    initializedCount = count
  }
}

/// Runs `body` for 0..<`count` on all processors, each index as one of them becomes free.
package func concurrentPerform(count: Int, _ body: @Sendable (Int) -> Void) {
  let processors = max(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1)
  guard count > 1, HelperThreads.areThere(min(processors, count) - 1) else {
    return (0..<count).forEach(body)
  }
  DispatchQueue.concurrentPerform(iterations: count, execute: body)
}

/// Threads that the system lets this process start.
///
/// Dispatch asks again and again, for ever, for one that is refused, as in a container with a limit
/// on processes; so it is only given work when its threads can be had.
package enum HelperThreads {
  private struct Known {
    /// The most that were there.
    var found = 0
    /// More were asked for, and refused.
    var areRefused = false
  }

  private static let queue = DispatchQueue(label: "MultiBox.HelperThreads")
  nonisolated(unsafe) private static var known = Known()

  /// Returns true where a number of threads can be started beside the calling one.
  package static func areThere(_ count: Int) -> Bool {
    // On the calling thread, as Dispatch does it where nobody else is at work on the queue.
    queue.sync {
      if count <= known.found { return true }
      if known.areRefused { return false }
      let started = start(count)
      known.areRefused = started < count
      known.found = max(known.found, started)
      return started == count
    }
  }

  /// Starts threads that all live at once, ends them, and returns their number.
  private static func start(_ count: Int) -> Int {
    let gate = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    defer { gate.deallocate() }
    pthread_mutex_init(gate, nil)
    defer { pthread_mutex_destroy(gate) }
    pthread_mutex_lock(gate)
    var threads: [pthread_t] = []
    while threads.count < count, let thread = waiting(at: gate) { threads.append(thread) }
    pthread_mutex_unlock(gate)
    for thread in threads { pthread_join(thread, nil) }
    return threads.count
  }

  private static func waiting(at gate: UnsafeMutablePointer<pthread_mutex_t>) -> pthread_t? {
    #if canImport(Darwin)
      var thread: pthread_t?
      let number = pthread_create(&thread, nil, { Self.pass($0) }, gate)
      return number == 0 ? thread : nil
    #else
      var thread = pthread_t()
      let number = pthread_create(&thread, nil, { Self.pass($0) }, gate)
      return number == 0 ? thread : nil
    #endif
  }

  private static func pass(_ gate: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let gate = gate?.assumingMemoryBound(to: pthread_mutex_t.self) else { return nil }
    pthread_mutex_lock(gate)
    pthread_mutex_unlock(gate)
    return nil
  }
}
