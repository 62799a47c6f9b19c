import Files
import MultiBox

/// `MultiBox.concurrentMap`, whose threads tell what they look at to the trace of the caller's.
///
/// It has the same name, so that every use in this module is this one: a file that is read in
/// another thread and not told would make a kept index look right when it is not.
func concurrentMap<Result: Sendable>(
  count: Int, threadCount: Int, _ body: @Sendable (Int) -> Result
) -> [Result] {
  guard let trace = DiskTrace.current else {
    return MultiBox.concurrentMap(count: count, threadCount: threadCount, body)
  }
  return MultiBox.concurrentMap(count: count, threadCount: threadCount) { index in
    trace.run { body(index) }
  }
}
