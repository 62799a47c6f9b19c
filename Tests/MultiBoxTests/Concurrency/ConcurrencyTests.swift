import Testing

@testable import MultiBox

/// Work in parts: every part once, whoever asks.
@Suite struct ConcurrencyTests {
  @Test(arguments: [0, 1, 2, 7, 1000], [1, 2, 3, 64])
  func resultsStandInOrder(count: Int, threadCount: Int) {
    let squares = concurrentMap(count: count, threadCount: threadCount) { $0 * $0 }
    #expect(squares == (0..<count).map { $0 * $0 })
  }

  @Test func workInsideOfWorkEnds() {
    let sums = concurrentMap(count: 20, threadCount: 4) { outer in
      concurrentMap(count: 30, threadCount: 4) { outer * $0 }.reduce(0, +)
    }
    #expect(sums == (0..<20).map { $0 * 435 })
  }

  @Test func severalMayAskAtOnce() async {
    let sums = await withTaskGroup(of: Int.self) { group in
      for task in 0..<8 {
        group.addTask {
          (0..<200).reduce(0) { sum, round in
            sum + concurrentMap(count: 5, threadCount: 3) { task + round + $0 }.reduce(0, +)
          }
        }
      }
      return await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(sums == Set((0..<8).map { 1000 * $0 + 5 * 19900 + 200 * 10 }))
  }

  @Test func everyIndexIsTakenOnce() {
    let counts = UnsafeMutablePointer<Int>.allocate(capacity: 500)
    counts.initialize(repeating: 0, count: 500)
    defer { counts.deallocate() }
    nonisolated(unsafe) let each = counts
    concurrentPerform(count: 500) { each[$0] += 1 }
    #expect((0..<500).allSatisfy { counts[$0] == 1 })
  }
}
