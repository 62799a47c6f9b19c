import Foundation

/// Numbered pieces of work on their way from several threads to one consumer, in order.
package final class OrderedWork<Element: Sendable>: @unchecked Sendable {
  // Unchecked: everything that changes is behind the condition.

  private let condition = NSCondition()
  private let end: Int
  private let limit: Int
  /// The next piece that no worker has begun, and the next that the consumer gets.
  private var begun: Int
  private var taken: Int
  private var finished: [Int: Result<Element, any Error>] = [:]
  private var isCancelled = false
  /// Threads that were started. Without any the consumer does the work: a system may refuse them,
  /// as in a container with a limit on processes.
  private var workers: [SystemThread] = []
  private var make: (@Sendable (Int) throws -> Element)?

  /// - Parameters:
  ///   - next: the first piece.
  ///   - end: behind the last one.
  ///   - limit: pieces that may be ahead of the consumer.
  package init(next: Int = 0, end: Int, limit: Int) {
    begun = next
    taken = next
    self.end = end
    self.limit = limit
  }

  /// Starts threads that work until all is done or cancelled; as many as the system allows.
  package func start(
    threadCount: Int, name: String, _ make: @escaping @Sendable (Int) throws -> Element
  ) {
    let started = (0..<threadCount).compactMap { index in
      SystemThread.start(name: "\(name)-\(index)") { self.run(make) }
    }
    condition.withLock {
      workers = started
      self.make = make
    }
  }

  /// Works until all is done or cancelled; to be called by each worker's thread.
  package func run(_ make: (Int) throws -> Element) {
    while let number = begin() {
      let result = Result { try make(number) }
      condition.withLock {
        finished[number] = result
        condition.broadcast()
      }
    }
  }

  private func begin() -> Int? {
    condition.withLock {
      while !isCancelled, begun < end, begun >= taken + limit { condition.wait() }
      guard !isCancelled, begun < end else { return nil }
      defer { begun += 1 }
      return begun
    }
  }

  /// Waits for the next piece; nil when there is no more.
  ///
  /// - Throws: what making it threw.
  package func next() throws -> Element? {
    if let make = condition.withLock({ workers.isEmpty ? make : nil }) {
      guard let number = begin() else { return nil }
      condition.withLock { taken = number + 1 }
      return try make(number)
    }
    let result: Result<Element, any Error>? = condition.withLock {
      guard taken < end else { return nil }
      while finished[taken] == nil { condition.wait() }
      defer {
        taken += 1
        condition.broadcast()
      }
      return finished.removeValue(forKey: taken)
    }
    return try result?.get()
  }

  /// Lets the workers end, and waits for it: what they hold may be the last reference to an engine,
  /// which must not be taken apart while the process ends.
  package func cancel() {
    let ending = condition.withLock {
      isCancelled = true
      make = nil
      condition.broadcast()
      defer { workers = [] }
      return workers
    }
    for worker in ending { worker.join() }
  }
}
