import Commands
import Detectors
import Dispatch
import Files
import Foundation
import Logging
import NIOCore
import OpenVINODetector
import Runs
import Serving
import Synchronization

/// Serves a detector that OpenVINO runs.
enum HummingbirdEngine: ServingEngine {
  /// Of a thread of the transport, one a core: NIO's epoll, eventfd and timerfd.
  private static let filesOfLoop = 3

  static func serve(_ options: ServeOptions) throws {
    let log = try JSONLogHandler.writer()
    // Who reads sees the last line too.
    defer { log.flush(within: 2) }
    let logger = Logger(label: "multibox.serve") { _ in JSONLogHandler(writer: log) }
    // Whoever connects beyond the limit would take the last file from Dispatch, which ends a
    // process that has none left.
    let connections = options.limits.connections
    let ofLoops = NIOSingletons.groupLoopCountSuggestion * Self.filesOfLoop
    try ProcessLimits.allow(files: connections + ofLoops, for: "\(connections) connections")
    // All that is read comes before the first connection.
    let tokens = try options.address.tokens.map { try BearerTokens(contentsOf: $0) }
    let models = try options.detectors.named().map { name, source in
      var logger = logger
      logger[metadataKey: "model"] = "\(name)"
      let detector = try detector(source, options, logger)
      return try ServedModel(
        name: name, detector: options.tiles.detector(detector) { logger.notice("\($0)") })
    }
    var limits = ServerLimits()
    limits.bodyBytes = options.limits.bodyBytes
    limits.pixels = options.limits.maxPixels
    limits.waiting = options.limits.queue
    limits.deadline = .seconds(options.limits.deadline)
    let server = try DetectionServer(
      models: models, limits: limits, tokens: tokens, version: ProgramVersion.text
    ) { name, message in
      logger.warning("\(message)", metadata: ["model": "\(name)"])
    }
    defer { server.close() }
    let application = try ServerApplication(server, options: options, logger: logger)
    if tokens == nil, !["127.0.0.1", "::1", "localhost"].contains(options.address.host) {
      logger.warning("everybody who reaches the address may use it; --tokens lets those with one")
    }
    try waitFor { try await application.run() }
    logger.info("stopped")
  }

  private static func detector(
    _ source: ModelOptions, _ options: ServeOptions, _ logger: Logger
  ) throws -> any ObjectDetector {
    let path: String
    var description: String?
    switch try source.source() {
    case .model(let model, let itsDescription): (path, description) = (model, itsDescription)
    case .untrained: throw FileError(path: "", reason: "an untrained network is not served")
    case .run(let folder):
      switch try folder.engine() {
      case .openVINO(let model): path = model
      case .libTorch(let reason):
        throw FileError(
          path: folder.path,
          reason: "a server runs detector.onnx, and \(reason); `multibox export --format onnx`"
            + " writes it")
      }
    }
    let detector = try ModelDetector(
      path, description: description, precision: options.machine.precision,
      threadCount: options.machine.threads, isForThroughput: options.machine.throughput ?? true,
      scoreThreshold: options.threshold)
    for remark in detector.remarks { logger.notice("\(path): \(remark)") }
    if let note = options.machine.precision.note(computedIn: detector.precision) {
      logger.notice("\(path): \(note)")
    }
    return detector
  }

  /// Runs a task on the threads of tasks and waits for its end; this thread is the process's first,
  /// which none of them is.
  private static func waitFor(_ body: @escaping @Sendable () async throws -> Void) throws {
    let ended = DispatchSemaphore(value: 0)
    let result = Mutex<Result<Void, any Error>>(.success(()))
    Task.detached {
      do { try await body() } catch { result.withLock { $0 = .failure(error) } }
      ended.signal()
    }
    ended.wait()
    try result.withLock { $0 }.get()
  }
}
