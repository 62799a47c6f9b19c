import Detectors
import Files
import Foundation
import ImageFiles
import MultiBox

/// Images that wait for a detector, as many as may and no longer than they may.
///
/// As many threads work as the detector computes with at the same time; each takes as many of the
/// waiting images as the detector takes in one call. Images are decoded and drawn on there too, so
/// that as many are at once as are computed, whatever comes.
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
    /// How long a warning of what the detector leaves out stands for those that follow.
    var warning = Duration.seconds(60)
  }

  /// An image that was looked at.
  struct Result: Sendable {
    let image: RGBImage
    /// All that the detector reports, best first.
    let detections: [PixelDetection]
    /// What its network computed, where the work wanted that.
    var predictions: Predictions?
    /// What was made of both.
    var picture: Data?
  }

  /// What is to be done with an image, on a thread of the queue.
  struct Work: Sendable {
    /// Decodes it.
    let load: @Sendable () throws -> RGBImage
    /// Makes a picture of it and of what was found.
    var draw: (@Sendable (RGBImage, [PixelDetection]) throws -> Data)?
    /// What the network computed is wanted too, of a detector that has ``rawShape``.
    var wantsPredictions = false
  }

  private final class Job: @unchecked Sendable {
    // Unchecked: what changes is behind the queue's lock.
    let work: Work
    let arrival = ContinuousClock.now
    /// Of the task that waits for it.
    var continuation: CheckedContinuation<Result, any Error>?
    /// Where it came before its task waited.
    var outcome: Swift.Result<Result, any Error>?

    init(_ work: Work) { self.work = work }
  }

  let name: String
  let detector: any ObjectDetector
  /// The sizes of what the detector's network computes; nil where that cannot be had.
  let rawShape: RawShape?
  private let limits: Limits
  private let metrics: ServerMetrics
  private let warn: @Sendable (String) -> Void
  private let condition = NSCondition()
  private var waiting: [Job] = []
  private var working = 0
  private var isStopping = false
  private var isClosed = false
  /// The mean seconds of an image, of which later ones count more.
  private var meanSeconds = 0.0
  /// What the detector had left out when that was last told, and when.
  private var told = DroppedDetections()
  private var lastWarning: ContinuousClock.Instant?
  private var threads: [SystemThread] = []

  /// Starts the threads.
  ///
  /// - Parameters:
  ///   - name: of the model, in figures.
  ///   - detector: looks at the images.
  ///   - limits: of the queue.
  ///   - metrics: counts what happens.
  ///   - warn: takes a line on what the detector leaves out; called on a thread of the queue.
  /// - Throws: `FileError` where the detector fails on a black image, or the system refuses every
  ///   thread.
  init(
    name: String, detector: any ObjectDetector, limits: Limits, metrics: ServerMetrics,
    warn: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(FileError) {
    self.name = name
    self.warn = warn
    self.detector = detector
    do {
      rawShape = try RawShape(of: detector)
    } catch {
      throw FileError(
        path: name, reason: "its detector fails on a black image: " + "\(error)".inOneLine)
    }
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
  /// - Throws: as ``results(of:)``.
  func result(load: @escaping @Sendable () throws -> RGBImage) async throws -> Result {
    try await results(of: [Work(load: load)])[0]
  }

  /// Waits for images to be looked at, which all get their places at once or none.
  ///
  /// - Parameter works: one or more.
  /// - Throws: ``Refusal`` where the queue has no place for all or stops, or the deadline passes;
  ///   what the first that fails or the detector throws; `CancellationError` where the task is
  ///   cancelled while they wait: an image in work is looked at to its end.
  func results(of works: [Work]) async throws -> [Result] {
    try Task.checkCancellation()
    let jobs = works.map(Job.init)
    try add(jobs)
    // A timer of its own: no thread of the queue may be free to look at the time.
    let timer = Task { [limits] in
      try await Task.sleep(for: limits.deadline)
      self.remove(jobs, throwing: self.late())
    }
    defer { timer.cancel() }
    return try await withTaskCancellationHandler {
      var results: [Result] = []
      do {
        for job in jobs { results.append(try await result(of: job)) }
      } catch {
        // The first error ends the others: a half of an answer helps nobody.
        remove(jobs, throwing: CancellationError())
        throw error
      }
      return results
    } onCancel: {
      self.remove(jobs, throwing: CancellationError())
    }
  }

  private func result(of job: Job) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      let outcome = locked {
        if job.outcome == nil { job.continuation = continuation }
        return job.outcome
      }
      if let outcome { continuation.resume(with: outcome) }
    }
  }

  /// How the queue stands.
  var state: ServerMetrics.QueueState {
    locked {
      ServerMetrics.QueueState(
        model: name, waiting: waiting.count, capacity: limits.capacity, working: working,
        dropped: detector.dropped)
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

  private func add(_ jobs: [Job]) throws(Refusal) {
    let refusal: Refusal? = locked {
      if isStopping { return Refusal(.stopping, "the server is stopping") }
      expire()
      if waiting.count + jobs.count > limits.capacity {
        let found = jobs.count == 1 ? "" : ", \(jobs.count) came and \(waiting.count) wait"
        return Refusal(
          .queueFull, "as many images wait as may: \(limits.capacity)\(found)",
          headers: [HTTPHeader("retry-after", "\(secondsUntilRoom)")])
      }
      waiting += jobs
      // Whoever takes some and leaves others wakes the next.
      condition.signal()
      return nil
    }
    guard let refusal else { return }
    metrics.refused(model: name, refusal.kind, count: jobs.count)
    throw refusal
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

  /// Takes jobs out of the queue, those of them that wait.
  private func remove(_ jobs: [Job], throwing error: any Error) {
    locked {
      let ids = Set(jobs.map(ObjectIdentifier.init))
      let gone = waiting.filter { ids.contains(ObjectIdentifier($0)) }
      waiting.removeAll { ids.contains(ObjectIdentifier($0)) }
      end(gone, throwing: error)
    }
  }

  /// Takes those out that waited longer than any may: their timers are tasks, which may be late.
  /// The lock is held.
  private func expire() {
    let now = ContinuousClock.now
    // All wait as long, so those stand first that came first.
    let count = waiting.prefix { now - $0.arrival >= limits.deadline }.count
    guard count > 0 else { return }
    let late = Array(waiting.prefix(count))
    waiting.removeFirst(count)
    end(late, throwing: self.late())
  }

  /// Ends jobs that are not looked at. The lock is held: a task that goes on takes it later.
  private func end(_ jobs: [Job], throwing error: any Error) {
    guard !jobs.isEmpty else { return }
    if let refusal = error as? Refusal {
      metrics.refused(model: name, refusal.kind, count: jobs.count)
    }
    for job in jobs { finish(job, .failure(error)) }
  }

  private func finish(_ job: Job, _ outcome: Swift.Result<Result, any Error>) {
    job.outcome = outcome
    job.continuation?.resume(with: outcome)
    job.continuation = nil
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
      locked {
        working -= jobs.count
        let mean = seconds / Double(jobs.count)
        meanSeconds = meanSeconds == 0 ? mean : 0.9 * meanSeconds + 0.1 * mean
        for (job, result) in zip(jobs, results) { finish(job, result) }
      }
      warnOfDropped()
    }
  }

  /// Tells what the detector has left out since that was last told. A box without area is the usual
  /// mistake of a detector; numbers that are none, and classes that nobody named, are one of the
  /// model or its description.
  private func warnOfDropped() {
    var dropped = detector.dropped
    dropped.boxesWithoutArea = 0
    let isNew = locked {
      let now = ContinuousClock.now
      if let lastWarning, now - lastWarning < limits.warning { return false }
      guard dropped != told else { return false }
      (told, lastWarning) = (dropped, now)
      return true
    }
    if isNew { warn(dropped.notes.joined(separator: "; ")) }
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
        expire()
      } while waiting.isEmpty
      let jobs = Array(waiting.prefix(max(detector.batchSize, 1)))
      waiting.removeFirst(jobs.count)
      working += jobs.count
      // They came with one signal, or with several that all woke this thread.
      if !waiting.isEmpty { condition.signal() }
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
    let images = jobs.map { job in Swift.Result { try job.work.load() } }
    // Those whose network's output is wanted are looked at one by one.
    let plain = zip(jobs, images).compactMap { job, image in
      job.work.wantsPredictions ? nil : try? image.get()
    }
    var next = detections(in: plain).makeIterator()
    return zip(jobs, images).map { job, image in
      image.flatMap { image in
        if job.work.wantsPredictions { return Swift.Result { try predicted(job.work, image) } }
        return (next.next() ?? .success([])).flatMap { detections in
          Swift.Result {
            Result(
              image: image, detections: detections, picture: try job.work.draw?(image, detections))
          }
        }
      }
    }
  }

  private func detections(in images: [RGBImage]) -> [Swift.Result<[PixelDetection], any Error>] {
    guard !images.isEmpty else { return [] }
    do {
      return try detector.detections(in: images).map { .success($0) }
    } catch {
      // One of them may be the reason; the others are not to pay for it.
      return images.count == 1
        ? [.failure(error)]
        : images.map { image in Swift.Result { try detector.detections(in: image) } }
    }
  }

  private func predicted(_ work: Work, _ image: RGBImage) throws -> Result {
    guard let detector = detector as? any PredictingDetector else {
      preconditionFailure("predictions of a detector that gives none")
    }
    let (detections, predictions) = try detector.predictedDetections(in: image)
    return Result(
      image: image, detections: detections, predictions: predictions,
      picture: try work.draw?(image, detections))
  }
}
