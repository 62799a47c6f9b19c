import Foundation
import TestSupport
import Testing

@testable import Torch

struct ProcessGroupTests {
  @Test(arguments: [1, 2, 3]) func tensorsOfAllTypesAreSummedInPlace(size: Int) throws {
    let found = try processes(size) { group in
      let rank = Float(group.rank)
      // The second is not in the order of its shape.
      let plain = try Tensor([rank, 1, 2, 3], shape: [2, 2])
      let turned = try Tensor([1, 2, 3, 4, 5, 6 + rank], shape: [2, 3]).permuted([1, 0])
      let integers = try Tensor(integers: [1 << 60, Int64(group.rank)], shape: [2])
      try group.sum([plain, integers, turned])
      let sums = try plain.floats() + turned.floats()
      #expect(integers.elementType == .int64)
      return (sums, try integers.converted(to: .float32).floats())
    }
    let n = Float(size)
    let ranks = n * (n - 1) / 2
    #expect(found.count == size)
    for (sums, integers) in found {
      #expect(sums == [ranks, n, 2 * n, 3 * n, n, 4 * n, 2 * n, 5 * n, 3 * n, 6 * n + ranks])
      #expect(integers == [Float(size) * 0x1p60, ranks])
    }
  }

  // bfloat16 has 8 bits: 256 + 1 is 256 there, twice, and the sum of all three is 258.
  @Test func bfloat16IsRoundedOnce() throws {
    let found = try processes(3) { group in
      let tensor = try Tensor([group.rank == 0 ? 256 : 1], shape: [1]).converted(to: .bfloat16)
      try group.sum([tensor])
      #expect(tensor.elementType == .bfloat16)
      return try tensor.scalar()
    }
    #expect(found == [258, 258, 258])
  }

  // 1e16 + 1 is 1e16 in double precision.
  @Test func numbersAreAddedInTheOrderOfRanks() throws {
    let values = [[1e16, 1e16, 0.1], [1, -1e16, 0.2], [-1e16, 1, 0.3]]
    let found = try processes(3) { group in try group.sum(values[group.rank]) }
    #expect(found == Array(repeating: [0, 1, 0.1 + 0.2 + 0.3], count: 3))
    #expect(try processes(2) { group in try group.sum([]) } == [[], []])
  }

  @Test func bytesOfAnyLengthsAreGathered() throws {
    let given: [[UInt8]] = [[1, 2, 3], [], [255]]
    let found = try processes(3) { group in
      [try group.gather(given[group.rank]), try group.gather([])]
    }
    #expect(found == Array(repeating: [given, [[], [], []]], count: 3))
  }

  @Test func oneRankGivesItsBytesAndTensorsToAll() throws {
    let found = try processes(3) { group in
      let rank = group.rank
      let bytes = try group.broadcast(rank == 1 ? [7, 8] : nil, from: 1)
      let none = try group.broadcast(rank == 2 ? [] : [1], from: 2)
      let tensor = try Tensor([Float(rank), 5], shape: [2])
      let integers = try Tensor(integers: [Int64(rank)], shape: [1])
      try group.broadcast([tensor, integers], from: 2)
      return [
        bytes.map(Float.init), none.map(Float.init), try tensor.floats(),
        try integers.converted(to: .float32).floats(),
      ]
    }
    #expect(found == Array(repeating: [[7, 8], [], [2, 5], [2]], count: 3))
  }

  @Test func aRankThatDoesNotJoinIsNamed() throws {
    let messages = try withFolder { folder in
      try inThreads(2) { number in
        let error = #expect(throws: TorchError.self) {
          _ = try ProcessGroup(
            store: .file(path: folder + "/store"), rank: [0, 2][number], size: 4,
            timeout: .seconds(2))
        }
        return (error?.message ?? "").replacing(folder, with: "…")
      }
    }
    let expected = "the file store …/store: of 4 processes, ranks 1 and 3 are missing after 2 s"
    #expect(messages == [expected, expected])
  }

  @Test func twoProcessesOfOneRankAreAnError() throws {
    try withFolder { folder in
      let store = ProcessStore.file(path: folder + "/store")
      let first = try ProcessGroup(store: store, rank: 0, size: 1, timeout: .seconds(20))
      let error = #expect(throws: TorchError.self) {
        _ = try ProcessGroup(store: store, rank: 0, size: 1, timeout: .seconds(20))
      }
      #expect(error?.message.contains("rank 0 is taken") == true)
      // Another prefix is another group.
      _ = try ProcessGroup(store: store, prefix: "2", rank: 0, size: 1, timeout: .seconds(20))
      try first.barrier("end")
    }
  }

  @Test func aPortThatIsNoneIsAnError() {
    #expect(
      throws: TorchError(
        operation: "process group",
        message: "the store at here has the port 70000, expected one of 1 to 65535")
    ) {
      _ = try ProcessGroup(
        store: .tcp(host: "here", port: 70_000, isServer: false), rank: 0, size: 1,
        timeout: .seconds(1))
    }
  }

  @Test func aRankThatDoesNotComeIsNamedAndNothingHangs() throws {
    let found: [[String]] = try withFolder { folder in
      let isOver = DispatchSemaphore(value: 0)
      return try inThreads(3) { rank in
        let group = try ProcessGroup(
          store: .file(path: folder + "/store"), rank: rank, size: 3, timeout: .seconds(4))
        guard rank != 1 else {
          for _ in 0..<2 { isOver.wait() }
          return []
        }
        defer { isOver.signal() }
        // Afterwards every collective fails, with the first message.
        return [
          #expect(throws: TorchError.self) { try group.barrier("epoch 3") }?.message ?? "",
          #expect(throws: TorchError.self) { _ = try group.sum([1.0]) }?.message ?? "",
        ]
      }
    }
    #expect(found.map(\.count) == [2, 0, 2])
    for messages in [found[0], found[2]] {
      #expect(messages[0].hasPrefix("barrier \"epoch 3\" over 3 processes failed after "))
      #expect(messages[0].contains(" of 4 s: rank 1 is missing ("))
      #expect(!messages[0].contains("\n"))
      #expect(messages[1] == messages[0])
    }
  }

  @Test func ranksInDifferentCollectivesSayWhere() throws {
    let found: [String] = try withFolder { folder in
      try inThreads(2) { rank in
        let group = try ProcessGroup(
          store: .file(path: folder + "/store"), rank: rank, size: 2, timeout: .seconds(4))
        let error = #expect(throws: TorchError.self) {
          if rank == 0 { try group.barrier("a") } else { _ = try group.sum([1.0, 2.0]) }
        }
        return error?.message ?? ""
      }
    }
    #expect(found[0].contains("no rank is missing, rank 1 gave up at sum of 2 numbers"))
    #expect(found[1].contains("no rank is missing, rank 0 gave up at barrier \"a\""))
  }

  @Test func waitingTimeIsCounted() throws {
    let found = try processes(2) { group in
      if group.rank == 1 { Thread.sleep(forTimeInterval: 0.2) }
      try group.barrier("a")
      return group.waitingTime
    }
    // Rank 0 waits for the sleep of the other, less what they came apart.
    #expect(found[0] > .milliseconds(1) && found[1] > .zero)
  }
}
