import Detectors
import Files
import Foundation
import ImageFiles
import MultiBox
import Synchronization
import Testing

@testable import Serving

extension DetectionQueue.Limits {
  /// As by default, but that a busy machine keeps nobody waiting for too long.
  fileprivate static var patient: Self {
    Self(deadline: .seconds(3600), warning: .seconds(3600))
  }
}

struct DetectionQueueTests {
  private func queue(
    _ detector: FakeDetector, _ limits: DetectionQueue.Limits = .patient
  ) throws -> (DetectionQueue, ServerMetrics) {
    let metrics = ServerMetrics(models: ["m"])
    return (
      try DetectionQueue(name: "m", detector: detector, limits: limits, metrics: metrics), metrics
    )
  }

  private func figure(_ name: String, _ queue: DetectionQueue, _ metrics: ServerMetrics) -> String?
  {
    metrics.text(queues: [queue.state]).split(separator: "\n").lazy
      .first { $0.hasPrefix(name + " ") }.map { String($0.dropFirst(name.count + 1)) }
  }

  @Test func eachImageGetsItsOwnDetections() async throws {
    let detector = FakeDetector(concurrency: 3)
    let (queue, metrics) = try queue(detector)
    let widths = try await withThrowingTaskGroup(of: (Int, Double?, Int).self) { group in
      for width in 20..<60 {
        group.addTask {
          let result = try await queue.result { picture(width: width) }
          return (width, result.detections.first?.box.xMax, result.image.width)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(widths.count == 40)
    for (width, found, loaded) in widths { #expect(found == Double(width) && loaded == width) }
    queue.close()
    #expect(figure(#"multibox_images_total{model="m"}"#, queue, metrics) == "40")
    #expect(figure(#"multibox_detections_total{model="m"}"#, queue, metrics) == "240")
  }

  @Test func aFullQueueRefusesAndSaysWhenToAskAgain() async throws {
    let detector = FakeDetector(isGated: true)
    var limits = DetectionQueue.Limits.patient
    limits.capacity = 2
    let (queue, metrics) = try queue(detector, limits)
    let first = Task { try await queue.result { picture() } }
    #expect(try await eventually { queue.state.working == 1 })
    let waiting = (0..<2).map { _ in Task { try await queue.result { picture() } } }
    #expect(try await eventually { queue.state.waiting == 2 })
    let refusal = await #expect(throws: Refusal.self) { try await queue.result { picture() } }
    #expect(refusal?.kind == .queueFull)
    #expect(refusal?.headers == [HTTPHeader("Retry-After", "1")])
    detector.open(3)
    #expect(try await first.value.detections.count == 6)
    for task in waiting { #expect(try await task.value.detections.count == 6) }
    queue.close()
    #expect(
      figure(#"multibox_refused_images_total{model="m",reason="queue_full"}"#, queue, metrics)
        == "1")
  }

  @Test func anImageThatWaitsTooLongIsRefusedThoughNoThreadIsFree() async throws {
    let detector = FakeDetector(isGated: true)
    var limits = DetectionQueue.Limits.patient
    limits.deadline = .milliseconds(60)
    let (queue, metrics) = try queue(detector, limits)
    let first = Task { try await queue.result { picture() } }
    #expect(try await eventually { queue.state.working == 1 })
    let refusal = await #expect(throws: Refusal.self) { try await queue.result { picture() } }
    #expect(refusal?.kind == .deadline && queue.state.waiting == 0)
    // What is in work goes on, though its time is over too.
    detector.open()
    #expect(try await first.value.detections.count == 6)
    queue.close()
    #expect(detector.calls.withLock { $0 } == [1])
    #expect(
      figure(#"multibox_refused_images_total{model="m",reason="deadline"}"#, queue, metrics) == "1")
  }

  @Test func aCancelledTaskLeavesTheQueue() async throws {
    let detector = FakeDetector(isGated: true)
    let (queue, _) = try queue(detector)
    let first = Task { try await queue.result { picture() } }
    #expect(try await eventually { queue.state.working == 1 })
    let second = Task { try await queue.result { picture() } }
    #expect(try await eventually { queue.state.waiting == 1 })
    second.cancel()
    await #expect(throws: CancellationError.self) { try await second.value }
    #expect(queue.state.waiting == 0)
    // One that was cancelled before it came does not wait at all.
    let third = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await queue.result { picture() }
    }
    await #expect(throws: CancellationError.self) { try await third.value }
    detector.open()
    _ = try await first.value
    queue.close()
    #expect(detector.calls.withLock { $0 } == [1])
  }

  @Test func whatWaitsIsLookedAtWhenItStopsAndNothingElse() async throws {
    let detector = FakeDetector(isGated: true)
    let (queue, _) = try queue(detector)
    let tasks = (0..<3).map { _ in Task { try await queue.result { picture() } } }
    #expect(try await eventually { queue.state.working + queue.state.waiting == 3 })
    queue.stop()
    let refusal = await #expect(throws: Refusal.self) { try await queue.result { picture() } }
    #expect(refusal?.kind == .stopping)
    detector.open(3)
    queue.close()
    for task in tasks { #expect(try await task.value.detections.count == 6) }
  }

  @Test func imagesThatWaitAreComputedTogether() async throws {
    let detector = FakeDetector(batchSize: 3, isGated: true)
    var limits = DetectionQueue.Limits.patient
    limits.gathering = .zero
    let (queue, metrics) = try queue(detector, limits)
    let first = Task { try await queue.result { picture() } }
    #expect(try await eventually { queue.state.working == 1 })
    let others = (0..<5).map { _ in Task { try await queue.result { picture() } } }
    #expect(try await eventually { queue.state.waiting == 5 })
    detector.open(3)
    _ = try await first.value
    for task in others { _ = try await task.value }
    queue.close()
    #expect(detector.calls.withLock { $0 } == [1, 3, 2])
    #expect(figure(#"multibox_batch_size_bucket{model="m",le="2"}"#, queue, metrics) == "2")
    #expect(figure(#"multibox_batch_size_count{model="m"}"#, queue, metrics) == "3")
  }

  @Test func anImageWaitsForOthersAndNoLongerThanItMay() async throws {
    let detector = FakeDetector(batchSize: 2)
    var limits = DetectionQueue.Limits.patient
    limits.gathering = .seconds(20)
    let (queue, _) = try queue(detector, limits)
    let tasks = (0..<2).map { _ in Task { try await queue.result { picture() } } }
    for task in tasks { _ = try await task.value }
    #expect(detector.calls.withLock { $0 } == [2])
    queue.close()
    // Alone, it does not wait for ever.
    limits.gathering = .milliseconds(20)
    let (impatient, _) = try self.queue(detector, limits)
    _ = try await impatient.result { picture() }
    #expect(detector.calls.withLock { $0 } == [2, 1])
    impatient.close()
  }

  /// Six images that come at once wake one thread, which takes three and wakes the other.
  @Test func whatOneThreadLeavesTheNextTakes() async throws {
    let detector = FakeDetector(concurrency: 2, batchSize: 3, isGated: true)
    let (queue, _) = try queue(detector)
    let work = DetectionQueue.Work { picture() }
    let task = Task { try await queue.results(of: [work, work, work, work, work, work]) }
    #expect(try await eventually { detector.calls.withLock { $0 } == [3, 3] })
    detector.open(2)
    #expect(try await task.value.map(\.detections.count) == [6, 6, 6, 6, 6, 6])
    queue.close()
  }

  @Test func imagesOfOneRequestGetAllTheirPlacesOrNone() async throws {
    let detector = FakeDetector(isGated: true)
    var limits = DetectionQueue.Limits.patient
    limits.capacity = 3
    let (queue, metrics) = try queue(detector, limits)
    let first = Task { try await queue.result { picture() } }
    #expect(try await eventually { queue.state.working == 1 })
    let second = Task { try await queue.result { picture() } }
    #expect(try await eventually { queue.state.waiting == 1 })
    let work = DetectionQueue.Work { picture() }
    let refusal = await #expect(throws: Refusal.self) {
      try await queue.results(of: [work, work, work])
    }
    #expect(refusal?.kind == .queueFull && queue.state.waiting == 1)
    #expect(refusal?.message == "as many images wait as may: 3, 3 came and 1 wait")
    let two = Task { try await queue.results(of: [work, work]) }
    #expect(try await eventually { queue.state.waiting == 3 })
    // A task that is cancelled takes all its images out.
    two.cancel()
    await #expect(throws: CancellationError.self) { try await two.value }
    #expect(queue.state.waiting == 1)
    // One that fails takes those behind it out.
    let bad = DetectionQueue.Work { throw ImageError(path: "a", reason: "is empty") }
    let half = Task { try await queue.results(of: [bad, work]) }
    #expect(try await eventually { queue.state.waiting == 3 })
    detector.open(2)
    await #expect(throws: ImageError.self) { try await half.value }
    _ = try await (first.value, second.value)
    detector.open()
    queue.close()
    #expect(
      figure(#"multibox_refused_images_total{model="m",reason="queue_full"}"#, queue, metrics)
        == "3")
  }

  @Test func whatIsLateWhenItsTurnComesIsNotLookedAt() async throws {
    let detector = FakeDetector()
    var limits = DetectionQueue.Limits.patient
    limits.deadline = .zero
    let (queue, _) = try queue(detector, limits)
    for _ in 0..<20 {
      let refusal = await #expect(throws: Refusal.self) { try await queue.result { picture() } }
      #expect(refusal?.kind == .deadline)
    }
    queue.close()
    #expect(detector.calls.withLock { $0 } == [])
  }

  @Test func picturesAreDrawnOnTheQueuesThreads() async throws {
    let (queue, _) = try queue(FakeDetector())
    let threads = Mutex<[pthread_t]>([])
    var work = DetectionQueue.Work {
      threads.withLock { $0.append(pthread_self()) }
      return picture()
    }
    work.draw = { image, detections in
      threads.withLock { $0.append(pthread_self()) }
      return Data([UInt8(image.width), UInt8(detections.count)])
    }
    let results = try await queue.results(of: [work])
    #expect(results[0].picture == Data([8, 6]))
    #expect(threads.withLock { $0.count == 2 && $0[0] == $0[1] })
    // A picture that cannot be made fails its image.
    work.draw = { _, _ in throw ImageError(path: "a", reason: "is too large") }
    await #expect(throws: ImageError.self) { try await queue.results(of: [work]) }
    queue.close()
  }

  // One that decodes by itself is not asked; one that is asked and fails would fail on all images.
  @Test func aDetectorThatFailsIsNotServed() throws {
    func queue(_ detector: PredictingFakeDetector) throws -> DetectionQueue {
      try DetectionQueue(
        name: "m", detector: detector, limits: .patient, metrics: ServerMetrics(models: ["m"]))
    }
    for (detector, shape) in [
      (PredictingFakeDetector(), [-1, 2, 4]),
      (PredictingFakeDetector(givesPredictions: false, isFailing: true), [-1, -1, -1]),
    ] {
      let made = try queue(detector)
      #expect(InferenceOutput.logits.shape(made.rawShape) == shape)
      made.close()
    }
    let error = #expect(throws: FileError.self) {
      try queue(PredictingFakeDetector(isFailing: true))
    }
    #expect(
      error == FileError(path: "m", reason: "its detector fails on a black image: a fault inside"))
  }

  @Test func whatADetectorLeavesOutIsCountedAndTold() async throws {
    let detector = FakeDetector()
    let warnings = Mutex<[String]>([])
    let metrics = ServerMetrics(models: ["m"])
    func queue(_ limits: DetectionQueue.Limits) throws -> DetectionQueue {
      try DetectionQueue(name: "m", detector: detector, limits: limits, metrics: metrics) { line in
        warnings.withLock { $0.append(line) }
      }
    }
    var limits = DetectionQueue.Limits.patient
    limits.warning = .zero
    let often = try queue(limits)
    _ = try await often.result { picture() }
    detector.leftOut.withLock { $0.boxesWithoutArea = 1 }
    _ = try await often.result { picture() }
    detector.leftOut.withLock { $0.nonFiniteScores = 2 }
    for _ in 0..<2 { _ = try await often.result { picture() } }
    detector.leftOut.withLock { $0.nonFiniteScores = 5 }
    _ = try await often.result { picture() }
    often.close()
    let lines = [2, 5].map { "\($0) scores left out: not finite" }
    #expect(warnings.withLock { $0 } == lines)
    let name = #"multibox_dropped_detections_total{model="m",reason="non_finite_score"}"#
    #expect(figure(name, often, metrics) == "5")
    // Else once for all that follow in a minute.
    let seldom = try queue(.patient)
    for count in 6..<9 {
      detector.leftOut.withLock { $0.nonFiniteScores = count }
      _ = try await seldom.result { picture() }
    }
    seldom.close()
    #expect(warnings.withLock { $0.count } == 3)
  }

  @Test func anImageThatFailsTakesNoOtherAlong() async throws {
    let detector = FakeDetector(batchSize: 4, isGated: true)
    let (queue, _) = try queue(detector)
    let first = Task { try await queue.result { picture() } }
    #expect(try await eventually { queue.state.working == 1 })
    let good = Task { try await queue.result { picture() } }
    let bad = Task { try await queue.result { picture(width: 13) } }
    let unread = Task {
      try await queue.result { throw ImageError(path: "a", reason: "is empty") }
    }
    #expect(try await eventually { queue.state.waiting == 3 })
    // The first, the two together, and each of them.
    detector.open(4)
    _ = try await first.value
    #expect(try await good.value.detections.count == 6)
    await #expect(throws: FakeDetector.Failure.self) { try await bad.value }
    await #expect(throws: ImageError.self) { try await unread.value }
    queue.close()
    #expect(detector.calls.withLock { $0 } == [1, 2, 1, 1])
  }
}
