import Foundation
import ImageFiles
import MultiBox
import Synchronization
import Testing

@testable import Detectors

/// Finds one object, whose class is the image's width, and counts what it is asked.
private final class WidthDetector: ObjectDetector {
  let classNames = ClassNames((1...64).map { "\($0) wide" })
  let concurrency: Int
  let batchSize: Int
  let calls = Mutex<[Int]>([])

  init(concurrency: Int = 1, batchSize: Int = 1) {
    self.concurrency = concurrency
    self.batchSize = batchSize
  }

  struct TooWide: Error, Equatable { let width: Int }

  func detections(in images: [RGBImage]) throws -> [[PixelDetection]] {
    calls.withLock { $0.append(images.count) }
    return try images.map { image in
      if image.width > 60 { throw TooWide(width: image.width) }
      // The earlier images take longer, so that their order is not an accident.
      Thread.sleep(forTimeInterval: 0.002 * Double(max(8 - image.width, 0)))
      return [
        PixelDetection(
          box: PixelBox(xMin: 0, yMin: 0, xMax: 1, yMax: 1), classIndex: image.width, score: 1)
      ]
    }
  }
}

private func image(width: Int) -> RGBImage {
  RGBImage(width: width, height: 1, pixels: [UInt8](repeating: 0, count: width * 3))
}

struct DetectionSequenceTests {
  struct Unreadable: Error, Equatable { let position: Int }

  @Test(arguments: [(1, 1), (1, 3), (2, 1), (2, 2)])
  func whatCannotBeLoadedIsToldInItsTurn(concurrency: Int, batchSize: Int) throws {
    let detector = WidthDetector(concurrency: concurrency, batchSize: batchSize)
    let bad = Set([0, 4, 5, 6])
    @Sendable func load(_ position: Int) throws -> RGBImage {
      if bad.contains(position) { throw Unreadable(position: position) }
      return image(width: position + 1)
    }
    var seen: [String] = []
    try detector.forEachDetectedImage(
      count: 8, load: load, unread: { seen.append("\($0) \(($1 as? Unreadable)?.position ?? -1)") },
      { seen.append("\($0.position): \($0.detections.map(\.classIndex))") })
    #expect(
      seen == ["0 0", "1: [2]", "2: [3]", "3: [4]", "4 4", "5 5", "6 6", "7: [8]"])
    #expect(throws: Unreadable(position: 0)) {
      try detector.forEachDetectedImage(count: 8, load: load) { _ in }
    }
  }

  /// Images of width 1, 2, …, and how many of them were asked for.
  private struct Source: AsyncSequence, AsyncIteratorProtocol {
    let count: Int
    let asked: Counter
    var next = 1

    final class Counter: Sendable {
      let value = Mutex(0)
    }

    func makeAsyncIterator() -> Source { self }

    mutating func next() async throws -> RGBImage? {
      guard next <= count else { return nil }
      defer { next += 1 }
      asked.value.withLock { $0 += 1 }
      return image(width: next)
    }
  }

  @Test(arguments: [1, 3]) func theOrderIsTheSources(concurrency: Int) async throws {
    let detector = WidthDetector(concurrency: concurrency)
    var found: [(Int, Int)] = []
    for try await detected in detector.detections(in: Source(count: 20, asked: .init())) {
      #expect(detected.image.width == detected.position + 1)
      found.append((detected.position, try #require(detected.detections.first).classIndex))
    }
    #expect(found.map(\.0) == Array(0..<20))
    #expect(found.map(\.1) == Array(1...20))
  }

  // A consumer that stops to think: no more images are asked for than may be in work.
  @Test func aSlowConsumerSlowsTheSourceDown() async throws {
    let asked = Source.Counter()
    let detector = WidthDetector(concurrency: 2)
    var taken = 0
    for try await _ in detector.detections(in: Source(count: 40, asked: asked)) {
      taken += 1
      try await Task.sleep(for: .milliseconds(2))
      #expect(asked.value.withLock { $0 } <= taken + 2)
    }
    #expect(taken == 40)
  }

  @Test func anErrorComesInItsPlace() async throws {
    var taken = 0
    await #expect(throws: WidthDetector.TooWide(width: 61)) {
      for try await _ in WidthDetector(concurrency: 2).detections(
        in: Source(count: 63, asked: .init()))
      {
        taken += 1
      }
    }
    #expect(taken == 60)
  }

  /// Finds nothing in the first image at once, and nothing in others before it is cancelled; counts
  /// those that began and those that were cancelled.
  private final class Patience: Sendable {
    let began = Mutex(0)
    let cancelled = AsyncStream<Int>.makeStream()

    func iterator() -> DetectionSequence<Source>.Iterator {
      DetectionSequence<Source>.Iterator(
        images: Source(count: 9, asked: .init()), concurrency: 2
      ) { [self] image in
        began.withLock { $0 += 1 }
        guard image.width > 1 else { return [] }
        do {
          try await Task.sleep(for: .seconds(600))
        } catch {
          cancelled.continuation.yield(image.width)
          throw error
        }
        return []
      }
    }

    /// Returns the widths of `count` images whose tasks were cancelled, in order.
    func cancelledImages(_ count: Int) async -> [Int] {
      var images: [Int] = []
      for await image in cancelled.stream {
        images.append(image)
        if images.count == count { break }
      }
      return images.sorted()
    }
  }

  // The limits are for work that never ends: other tests can keep these from a thread for minutes.
  @Test(.timeLimit(.minutes(20))) func anAbandonedSequenceEndsItsWork() async throws {
    let patience = Patience()
    do {
      var iterator = patience.iterator()
      #expect(try await iterator.next()?.position == 0)
      // Two are in work while the consumer has the first, before they are asked for.
    }
    #expect(await patience.cancelledImages(2) == [2, 3])
    #expect(patience.began.withLock { $0 } == 3)
  }

  @Test(.timeLimit(.minutes(20))) func aCancelledConsumerEndsTheWorkAndItself() async throws {
    let patience = Patience()
    let consumer = Task {
      var iterator = patience.iterator()
      while let detected = try await iterator.next() { #expect(detected.position == 0) }
    }
    while patience.began.withLock({ $0 }) < 4 { try await Task.sleep(for: .milliseconds(1)) }
    consumer.cancel()
    await #expect(throws: CancellationError.self) { try await consumer.value }
    #expect(await patience.cancelledImages(3) == [2, 3, 4])
    #expect(patience.began.withLock { $0 } == 4)
  }

  // An image whose detector throws: those behind it are not worked on for nobody.
  @Test(.timeLimit(.minutes(20))) func anErrorEndsTheWorkBehindIt() async throws {
    let patience = Patience()
    let failing = DetectionSequence<Source>.Iterator(
      images: Source(count: 9, asked: .init()), concurrency: 2
    ) { image in
      guard image.width > 1 else { throw WidthDetector.TooWide(width: image.width) }
      do {
        try await Task.sleep(for: .seconds(600))
      } catch {
        patience.cancelled.continuation.yield(image.width)
        throw error
      }
      return []
    }
    var iterator = failing
    await #expect(throws: WidthDetector.TooWide(width: 1)) { try await iterator.next() }
    #expect(await patience.cancelledImages(2) == [2, 3])
    #expect(try await iterator.next() == nil)
  }

  @Test func aTaskCancelledBeforeItsTurnAsksTheDetectorNothing() async throws {
    let detector = WidthDetector()
    let gate = AsyncStream<Void>.makeStream()
    let task = Task {
      for await _ in gate.stream { break }
      return try await detector.detections(in: image(width: 5)) as [PixelDetection]
    }
    task.cancel()
    gate.continuation.finish()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(detector.calls.withLock { $0 }.isEmpty)
  }

  @Test func oneImageDoesNotHoldUpItsTask() async throws {
    let found: [PixelDetection] = try await WidthDetector().detections(in: image(width: 5))
    #expect(found.map(\.classIndex) == [5])
  }

  // 10 images in groups of 4: 4, 4, 2; on the caller's thread or beside it.
  @Test(arguments: [1, 2]) func manyImagesComeInGroups(concurrency: Int) throws {
    let detector = WidthDetector(concurrency: concurrency, batchSize: 4)
    var found: [Int] = []
    try detector.forEachDetectedImage(
      count: 10, load: { image(width: $0 + 1) },
      { detected in
        #expect(detected.position == found.count)
        found += detected.detections.map(\.classIndex)
      })
    #expect(found == Array(1...10))
    #expect(detector.calls.withLock { $0 }.sorted() == [2, 4, 4])
  }

  @Test(arguments: [1, 2]) func theFirstErrorEndsMany(concurrency: Int) throws {
    var taken = 0
    #expect(throws: WidthDetector.TooWide(width: 63)) {
      try WidthDetector(concurrency: concurrency).forEachDetectedImage(
        count: 6, load: { image(width: $0 < 4 ? 1 : 59 + $0) }, { _ in taken += 1 })
    }
    #expect(taken == 4)
  }
}
