import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A thread of the system. Foundation's does not say when there is none to be had.
enum SystemThread {
  /// Starts a thread.
  ///
  /// - Parameters:
  ///   - name: for debuggers.
  ///   - body: is done once, on the thread.
  /// - Returns: false where the system refuses a thread; `body` is not called then.
  static func start(name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
    let work = Unmanaged.passRetained(Work(name: name, body: body))
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let number = pthread_create(&thread, nil, { Self.run($0) }, work.toOpaque())
    guard number == 0 else {
      work.release()
      return false
    }
    #if canImport(Darwin)
      if let thread { pthread_detach(thread) }
    #else
      pthread_detach(thread)
    #endif
    return true
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
