import Foundation
import Synchronization
import Testing

@testable import Serving

struct LogWriterTests {
  private final class Sink: Sendable {
    let lines = Mutex<[String]>([])
    let gate = DispatchSemaphore(value: 0)
    func write(_ line: String) {
      gate.wait()
      lines.withLock { $0.append(line) }
    }
  }

  @Test func linesComeInTheirOrder() throws {
    let sink = Sink()
    let writer = try LogWriter(write: sink.write, note: { "\($0) lost" })
    for index in 0..<100 {
      writer.add("\(index)")
      sink.gate.signal()
    }
    #expect(writer.flush(within: 60))
    #expect(sink.lines.withLock { $0 } == (0..<100).map { "\($0)" })
  }

  /// A pipe that nobody reads held up every request, and SIGTERM ended nothing.
  @Test func whoDoesNotReadHoldsUpNobody() async throws {
    let sink = Sink()
    let writer = try LogWriter(capacity: 10, write: sink.write, note: { "\($0) lost" })
    writer.add("first")
    // The thread has it, and waits at the gate.
    try #require(try await eventually { !writer.flush(within: 0) && writer.waitingCount == 0 })
    for line in ["aaaa", "bbbb", "cccc", "dddd", "ee"] { writer.add(line) }
    #expect(!writer.flush(within: 0.01))
    for _ in 0..<5 { sink.gate.signal() }
    #expect(writer.flush(within: 60))
    #expect(sink.lines.withLock { $0 } == ["first", "aaaa", "bbbb", "ee", "2 lost"])
  }

  @Test func aLineThatIsLongerThanTheRoomIsWritten() throws {
    let sink = Sink()
    sink.gate.signal()
    let writer = try LogWriter(capacity: 3, write: sink.write, note: { "\($0) lost" })
    writer.add("longer")
    #expect(writer.flush(within: 60))
    #expect(sink.lines.withLock { $0 } == ["longer"])
  }
}
