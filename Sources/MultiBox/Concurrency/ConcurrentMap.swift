/// Runs `body` for 0..<`count` on up to `threadCount` threads and returns the results in order.
///
/// Which thread takes which index changes nothing: results are placed by index.
package func concurrentMap<Result: Sendable>(
  count: Int, threadCount: Int, _ body: @Sendable (Int) -> Result
) -> [Result] {
  precondition(threadCount > 0, "a thread count of \(threadCount)")
  let workers = min(threadCount, count)
  guard workers > 1 else { return (0..<count).map(body) }
  return [Result](unsafeUninitializedCapacity: count) { buffer, initializedCount in
    nonisolated(unsafe) let results = buffer
    WorkerThreads.shared.perform(workers) { worker in
      for index in stride(from: worker, to: count, by: workers) {
        results.initializeElement(at: index, to: body(index))
      }
    }
    initializedCount = count
  }
}

/// Runs `body` for 0..<`count` on all processors, each index as one of them becomes free.
package func concurrentPerform(count: Int, _ body: @Sendable (Int) -> Void) {
  WorkerThreads.shared.perform(count, body)
}
