import Files
import Foundation
import TestSupport
import Testing

struct OrderedWorkTests {
  private final class Engine: Sendable {}

  // What workers hold may be an engine: taken apart by a thread that nobody waits for, it would
  // meet the end of the process.
  @Test func whatWorkersHoldIsGoneWhenTheyHaveEnded() throws {
    weak var held: Engine?
    let work = OrderedWork<Int>(end: 100, limit: 4)
    do {
      let engine = Engine()
      held = engine
      work.start(threadCount: 3, name: "test") { number in
        withExtendedLifetime(engine) { number }
      }
    }
    #expect(try work.next() == 0)
    #expect(held != nil)
    work.cancel()
    #expect(held == nil)
  }
}
