import Foundation
import Runs
import SSDTraining
import Synchronization
import Torch

/// Does work in threads that stand for processes: each has a group of its own, by a file.
///
/// - Parameters:
///   - count: the number of processes; one has no group.
///   - folder: takes the file.
///   - timeout: of their collectives.
///   - collectives: the library that is asked for.
///   - work: gets the share of its process.
/// - Returns: what each has done, in the order of their numbers.
func inProcesses<Value: Sendable>(
  _ count: Int, in folder: String, timeout: Duration = .seconds(120),
  collectives: CollectiveLibrary? = nil,
  _ work: @escaping @Sendable (TrainingShare) throws -> Value
) -> [Result<Value, any Error>] {
  guard count > 1 else { return [Result { try work(.whole) }] }
  let store = "\(folder)/store-\(UUID().uuidString)"
  let results = Results<Value>(count)
  let group = DispatchGroup()
  for rank in 0..<count {
    group.enter()
    let thread = Thread {
      let result = Result {
        try work(
          TrainingShare(
            of: ProcessGroup(store: .file(path: store), rank: rank, size: count, timeout: timeout),
            collectives: collectives))
      }
      results.values.withLock { $0[rank] = result }
      group.leave()
    }
    // That of the first thread, which a training has.
    thread.stackSize = 8 << 20
    thread.start()
  }
  group.wait()
  return results.values.withLock { $0.compactMap { $0 } }
}

private final class Results<Value: Sendable>: Sendable {
  let values: Mutex<[Result<Value, any Error>?]>

  init(_ count: Int) {
    values = Mutex(Array(repeating: nil, count: count))
  }
}
