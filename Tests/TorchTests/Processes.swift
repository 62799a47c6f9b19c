import Foundation
import Synchronization
import TestSupport

@testable import Torch

/// Runs `body` once for each rank of a group, each in a thread and with a group of its own, as
/// processes do: Gloo's connections do not know the difference.
///
/// - Returns: what each returns, in the order of ranks.
func processes<Value: Sendable>(
  _ size: Int, _ body: @escaping @Sendable (ProcessGroup) throws -> Value
) throws -> [Value] {
  try withFolder { folder in
    try inThreads(size) { rank in
      let group = try ProcessGroup(
        store: .file(path: folder + "/store"), rank: rank, size: size, timeout: .seconds(60))
      let value = try body(group)
      // The others may still need this one's connections.
      try group.barrier("end")
      return value
    }
  }
}

/// Runs `body` with 0 ..< `count`, each in a thread of its own, all at the same time.
func inThreads<Value: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Int) throws -> Value
) throws -> [Value] {
  let results = Results<Value>()
  let group = DispatchGroup()
  for number in 0..<count {
    group.enter()
    Thread.detachNewThread {
      let result = Result { try body(number) }
      results.of.withLock { $0[number] = result }
      group.leave()
    }
  }
  group.wait()
  let all = results.of.withLock { $0 }
  return try (0..<count).compactMap { try all[$0]?.get() }
}

private final class Results<Value: Sendable>: Sendable {
  let of = Mutex<[Int: Result<Value, any Error>]>([:])
}
