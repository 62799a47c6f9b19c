import Detectors
import Files
import Foundation
import ImageFiles
import MultiBox

/// Images that wait for a detector, as many as may and no longer than they may.
///
/// As many threads work as the detector computes with at the same time; each takes as many of the
/// waiting images as the detector takes in one call. Images are decoded there too, so that as many
/// are decoded at once as are computed, whatever comes.
final class DetectionQueue: @unchecked Sendable {
  // Unchecked: what changes is behind a lock.

  /// The limits.
  struct Limits: Sendable {
    /// The images that may wait, 1 or more.
    var capacity = 64
    /// How long an image may wait.
    var deadline = Duration.seconds(10)
    /// How long an image waits for others to be computed with, where the detector takes several.
    var gathering = Duration.milliseconds(2)
  }

  /// An image that was looked at.
  struct Result: Sendable {
    let image: RGBImage
    /// All that the detector reports, best first.
    let detections: [PixelDetection]
  }

  private final class Job: @unchecked Sendable {
    // Unchecked: what changes is behind the queue's lock.
    let load: @Sendable () throws -> RGBImage
    let arrival = ContinuousClock.now
    var continuation: CheckedContinuation<Result, any Error>?
    /// Its task was cancelled, perhaps before it waited.
    var isCancelled = false

    init(load: @escaping @Sendable () throws -> RGBImage) { self.load = load }
  }

  let name: String
  let detector: any ObjectDetector
  private let limits: Limits
  private let metrics: ServerMetrics
  private let condition = NSCondition()
  private var waiting: [Job] = []
  private var working = 0
  private var isStopping = false
  private var isClosed = false
  /// The mean seconds of an image, of which later ones count more.
  private var meanSeconds = 0.0
  private var threads: [SystemThread] = []

  /// Starts the threads.
  ///
  /// - Parameters:
  ///   - name: of the model, in figures.
  ///   - detector: looks at the images.
  ///   - limits: of the queue.
  ///   - metrics: counts what happens.
  /// - Throws: `FileError` where the system refuses every thread.
  init(
    name: String, detector: any ObjectDetector, limits: Limits, metrics: ServerMetrics
  ) throws(FileError) {
    self.name = name
    self.detector = detector
    self.limits = limits
    self.metrics = metrics
    for _ in 0..<max(detector.concurrency, 1) {
      // The threads hold the queue until it is closed.
      guard let thread = SystemThread.start(name: "detection-queue", { self.work() }) else { break }
      threads.append(thread)
    }
    guard !threads.isEmpty else {
      throw FileError(path: name, reason: "the system has no thread for its queue")
    }
  }

  /// Waits for an image to be looked at.
  ///
  /// - Parameter load: decodes the image; called on a thread of the queue.
  /// - Throws: ``Refusal`` where the queue is full or stops, or the deadline passes; what `load` or
  ///   the detector throws; `CancellationError` where the task is cancelled while it waits: an
  ///   image in work is looked at to its end.
  func result(load: @escaping @Sendable () throws -> RGBImage) async throws -> Result {
    let job = Job(load: load)
    // A timer of its own: no thread of the queue may be free to look at the time.
    let timer = Task { [limits] in
      try await Task.sleep(for: limits.deadline)
      self.remove(job, throwing: self.late())
    }
    defer { timer.cancel() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { self.add(job, $0) }
    } onCancel: {
      self.remove(job, throwing: CancellationError())
    }
  }

  /// How the queue stands.
  var state: ServerMetrics.QueueState {
    locked {
      ServerMetrics.QueueState(
        model: name, waiting: waiting.count, capacity: limits.capacity, working: working)
    }
  }

  /// Refuses whatever comes from now on; what waits is looked at.
  func stop() { locked { isStopping = true } }

  /// Stops, and returns when all that waited is looked at and the threads are gone.
  ///
  /// Must not be called on a thread of tasks: it blocks.
  func close() {
    let threads = locked {
      isStopping = true
      isClosed = true
      condition.broadcast()
      defer { self.threads = [] }
      return self.threads
    }
    for thread in threads { thread.join() }
  }

  // MARK: Coming and going

  private func add(_ job: Job, _ continuation: CheckedContinuation<Result, any Error>) {
    let refusal: (any Error)? = locked {
      if job.isCancelled { return CancellationError() }
      if isStopping { return Refusal(.stopping, "the server is stopping") }
      if waiting.count >= limits.capacity {
        return Refusal(
          .queueFull, "as many images wait as may: \(limits.capacity)",
          headers: [HTTPHeader("retry-after", "\(secondsUntilRoom)")])
      }
      job.continuation = continuation
      waiting.append(job)
      condition.signal()
      return nil
    }
    guard let refusal else { return }
    if let refusal = refusal as? Refusal { metrics.refused(model: name, refusal.kind) }
    continuation.resume(throwing: refusal)
  }

  /// Whole seconds until the images that wait are looked at; 1 at least.
  private var secondsUntilRoom: Int {
    let seconds = meanSeconds * Double(waiting.count) / Double(max(threads.count, 1))
    return Int(min(max(seconds.rounded(.up), 1), 3600))
  }

  private func late() -> Refusal {
    let seconds = limits.deadline / .seconds(1)
    return Refusal(
      .deadline, "the image waited longer than \(seconds) s",
      headers: [HTTPHeader("retry-after", "1")])
  }

  /// Takes a job that waits, or will wait, out of the queue.
  private func remove(_ job: Job, throwing error: any Error) {
    let continuation = locked {
      if error is CancellationError { job.isCancelled = true }
      guard let index = waiting.firstIndex(where: { $0 === job }) else {
        return nil as CheckedContinuation<Result, any Error>?
      }
      waiting.remove(at: index)
      defer { job.continuation = nil }
      return job.continuation
    }
    guard let continuation else { return }
    if let refusal = error as? Refusal { metrics.refused(model: name, refusal.kind) }
    continuation.resume(throwing: error)
  }

  private func locked<Value>(_ body: () -> Value) -> Value {
    condition.lock()
    defer { condition.unlock() }
    return body()
  }

  // MARK: Working

  private func work() {
    while let jobs = next() {
      let start = ContinuousClock.now
      let results = results(of: jobs)
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let detections = results.reduce(0) { $0 + ((try? $1.get())?.detections.count ?? 0) }
      metrics.computed(
        model: name, waits: jobs.map { (start - $0.arrival) / .seconds(1) }, seconds: seconds,
        detections: detections)
      let continuations = locked {
        working -= jobs.count
        let mean = seconds / Double(jobs.count)
        meanSeconds = meanSeconds == 0 ? mean : 0.9 * meanSeconds + 0.1 * mean
        return jobs.map(\.continuation)
      }
      for (continuation, result) in zip(continuations, results) {
        continuation?.resume(with: result)
      }
    }
  }

  /// Waits for jobs, one or as many as the detector takes; nil when the queue is closed and empty.
  private func next() -> [Job]? {
    locked {
      // While one waited for others, another thread may have taken all, or their tasks ended.
      repeat {
        while waiting.isEmpty {
          if isClosed { return nil }
          condition.wait()
        }
        gather()
      } while waiting.isEmpty
      let jobs = Array(waiting.prefix(max(detector.batchSize, 1)))
      waiting.removeFirst(jobs.count)
      working += jobs.count
      return jobs
    }
  }

  /// Lets an image wait for others, as long as it may, unless the queue is closed.
  private func gather() {
    guard detector.batchSize > 1, let first = waiting.first else { return }
    let left = limits.gathering - (ContinuousClock.now - first.arrival)
    let end = Date(timeIntervalSinceNow: left / .seconds(1))
    while (1..<detector.batchSize).contains(waiting.count), !isClosed {
      guard condition.wait(until: end) else { return }
    }
  }

  private func results(of jobs: [Job]) -> [Swift.Result<Result, any Error>] {
    let images = jobs.map { job in Swift.Result { try job.load() } }
    let read = images.compactMap { try? $0.get() }
    guard !read.isEmpty else { return images.map { $0.map { Result(image: $0, detections: []) } } }
    let found: [Swift.Result<[PixelDetection], any Error>]
    do {
      found = try detector.detections(in: read).map { .success($0) }
    } catch {
      // One of them may be the reason; the others are not to pay for it.
      found =
        read.count == 1
        ? [.failure(error)]
        : read.map { image in Swift.Result { try detector.detections(in: image) } }
    }
    var next = found.makeIterator()
    return images.map { image in
      image.flatMap { image in
        (next.next() ?? .success([])).map { Result(image: image, detections: $0) }
      }
    }
  }
}
