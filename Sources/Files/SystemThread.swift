import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A thread of the system. Foundation's does not say when there is none to be had.
package struct SystemThread: @unchecked Sendable {
  // Unchecked: a number of the system, as an integer or a pointer.
  private let thread: pthread_t

  /// Waits until the thread has ended and all that its work held is gone; once, and by another.
  package func join() {
    // By itself it would wait for ever.
    if pthread_equal(thread, pthread_self()) != 0 {
      pthread_detach(thread)
    } else {
      pthread_join(thread, nil)
    }
  }

  /// Lets the thread end by itself; nobody may ``join()`` it then.
  package func detach() { pthread_detach(thread) }

  /// Starts a thread. Somebody must ``join()`` or ``detach()`` it.
  ///
  /// - Parameters:
  ///   - name: for debuggers.
  ///   - body: is done once, on the thread.
  /// - Returns: nil where the system refuses a thread; `body` is not called then.
  package static func start(name: String, _ body: @escaping @Sendable () -> Void) -> SystemThread? {
    let work = Unmanaged.passRetained(Work(name: name, body: body))
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let number = pthread_create(&thread, nil, { Self.run($0) }, work.toOpaque())
    guard number == 0 else {
      work.release()
      return nil
    }
    #if canImport(Darwin)
      return thread.map(SystemThread.init)
    #else
      return SystemThread(thread: thread)
    #endif
  }

  private final class Work: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  private static func run(_ work: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let work else { return nil }
    let value = Unmanaged<Work>.fromOpaque(work).takeRetainedValue()
    Thread.current.name = value.name
    value.body()
    return nil
  }
}
