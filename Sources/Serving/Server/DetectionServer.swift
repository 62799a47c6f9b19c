import Files
import Foundation
import ImageFiles
import SSDReport
import Synchronization

/// Answers requests with what detectors find: all of a server but the transport.
///
/// Whoever brings the transport asks ``refusal(of:requestID:)`` when the head of a request is
/// there, then reads the body where ``takesBody(_:)`` says so, at most ``ServerLimits/bodyBytes``
/// of it, and asks ``answer(_:body:requestID:)``; ``sent(_:to:seconds:)`` counts what was sent.
public final class DetectionServer: Sendable {
  /// The limits.
  public let limits: ServerLimits
  let queues: [DetectionQueue]
  let metrics: ServerMetrics
  private let tokens: BearerTokens?
  let version: String
  private let isStopping = Mutex(false)

  /// Starts the queues of models.
  ///
  /// - Parameters:
  ///   - models: one or more, of different names.
  ///   - limits: of requests and queues.
  ///   - tokens: of those who may use it; nil lets everybody.
  ///   - version: of the program.
  ///   - warn: takes the name of a model and a line for the log, on what its detector leaves out of
  ///     its answers so far; called on any thread, once a minute at most.
  /// - Throws: `FileError` where two models have one name, a detector fails on a black image, or
  ///   the system has no threads.
  public init(
    models: [ServedModel], limits: ServerLimits = ServerLimits(), tokens: BearerTokens? = nil,
    version: String, warn: @escaping @Sendable (String, String) -> Void = { _, _ in }
  ) throws(FileError) {
    precondition(!models.isEmpty, "a server of no models")
    self.limits = limits
    self.tokens = tokens
    self.version = version
    var names: Set<String> = []
    for model in models where !names.insert(model.name).inserted {
      throw FileError(path: model.name, reason: "two models have this name")
    }
    let metrics = ServerMetrics(models: models.map(\.name))
    self.metrics = metrics
    let queueLimits = DetectionQueue.Limits(capacity: limits.waiting, deadline: limits.deadline)
    var queues: [DetectionQueue] = []
    for model in models {
      queues.append(
        try DetectionQueue(
          name: model.name, detector: model.detector, limits: queueLimits, metrics: metrics,
          warn: { warn(model.name, $0) }))
    }
    self.queues = queues
  }

  // MARK: Its life

  /// Refuses images from now on; those that wait are looked at.
  public func stop() {
    isStopping.withLock { $0 = true }
    for queue in queues { queue.stop() }
  }

  /// Stops and waits until all images that had come are looked at. It blocks: not for tasks.
  public func close() {
    stop()
    for queue in queues { queue.close() }
  }

  var takesImages: Bool { isStopping.withLock { !$0 } }

  // MARK: Requests

  /// Returns the answer to a request whose body need not be read: no path, no token, too long.
  ///
  /// - Parameters:
  ///   - head: of the request.
  ///   - requestID: what answer and log call it.
  /// - Returns: nil where the body decides.
  public func refusal(of head: HTTPHead, requestID: String) -> HTTPAnswer? {
    do throws(Refusal) {
      try check(head)
      return nil
    } catch {
      return error.answer(requestID: requestID)
    }
  }

  /// Says whether the body of a request is read; those of the other paths are not waited for.
  ///
  /// - Parameter head: of the request.
  public func takesBody(_ head: HTTPHead) -> Bool {
    ServerRoute.find(head.path)?.route.takesImages ?? false
  }

  /// Returns the answer to what is no request of HTTP.
  ///
  /// - Parameter requestID: what answer and log call it.
  public func unreadHead(requestID: String) -> HTTPAnswer {
    Refusal(
      .malformed, "expected a request of HTTP/1.1 with a head that is not too long",
      headers: [HTTPHeader("connection", "close")]
    ).answer(requestID: requestID)
  }

  /// Returns the answer to a request that the transport could not read.
  ///
  /// - Parameters:
  ///   - kind: `tooLarge`, `slowBody`, or `malformed` for a body that did not come whole.
  ///   - requestID: what answer and log call it.
  public func unread(_ kind: Refusal.Kind, requestID: String) -> HTTPAnswer {
    let message =
      switch kind {
      case .tooLarge: "expected a body of at most \(limits.bodyBytes) bytes"
      case .slowBody: "the body came too slowly"
      default: "the body did not come whole"
      }
    return Refusal(kind, message, headers: [HTTPHeader("connection", "close")])
      .answer(requestID: requestID)
  }

  /// Answers a request.
  ///
  /// - Parameters:
  ///   - head: of the request.
  ///   - body: all of it.
  ///   - requestID: what answer and log call it.
  public func answer(_ head: HTTPHead, body: Data, requestID: String) async -> HTTPAnswer {
    var model = ""
    do {
      let (route, name) = try check(head)
      guard body.count <= limits.bodyBytes else { return unread(.tooLarge, requestID: requestID) }
      if let name { model = try queue(named: name).name }
      var answer: HTTPAnswer
      switch route {
      case .detect: answer = try await detect(head, body, &model)
      case .infer: answer = try await infer(head, model, body)
      default: answer = try self.answer(route, model)
      }
      answer.model = model
      return answer
    } catch {
      var answer = Self.refusal(for: error).answer(requestID: requestID)
      if answer.status == Refusal.Kind.failed.status { answer.fault = "\(error)".inOneLine }
      answer.model = model
      return answer
    }
  }

  /// Counts an answer that was sent.
  ///
  /// - Parameters:
  ///   - answer: what was sent.
  ///   - head: of the request.
  ///   - seconds: since the head came.
  public func sent(_ answer: HTTPAnswer, to head: HTTPHead, seconds: Double) {
    let route = ServerRoute.find(head.path)?.route.rawValue ?? "other"
    metrics.answered(
      route: route, model: answer.model, status: answer.status, seconds: seconds)
  }

  @discardableResult
  private func check(_ head: HTTPHead) throws(Refusal) -> (route: ServerRoute, name: String?) {
    for header in head.headers { _ = try header.value.streamSafe(header.name) }
    guard let (route, name) = ServerRoute.find(head.path) else {
      throw Refusal(.notFound, "no such path; /openapi.json describes those that there are")
    }
    guard head.method == route.method else {
      throw Refusal(
        .method, "expected \(route.method), found \(head.method)",
        headers: [HTTPHeader("allow", route.method)])
    }
    if !route.isOpen, let tokens, !tokens.allow(head.value(of: "authorization")) {
      throw Refusal(
        .unauthorized, "expected Authorization: Bearer and a token of this server",
        headers: [HTTPHeader("www-authenticate", "Bearer")])
    }
    guard route.takesImages else { return (route, name) }
    // `gzip, chunked` is packed as well.
    for (name, plain) in [("Content-Encoding", "identity"), ("Transfer-Encoding", "chunked")] {
      guard let coding = head.list(of: name.lowercased()), coding.lowercased() != plain else {
        continue
      }
      throw Refusal(
        .mediaType, "\(name): expected a body that is not packed, found \(coding)",
        headers: [HTTPHeader("connection", "close")])
    }
    guard takesImages else {
      throw Refusal(
        .stopping, "the server is stopping",
        headers: [HTTPHeader("connection", "close"), HTTPHeader("retry-after", "5")])
    }
    if let text = head.value(of: "content-length") {
      // More digits than a number has are more than the limit.
      guard Int(text).map({ $0 <= limits.bodyBytes }) ?? false else {
        throw Refusal(
          .tooLarge, "expected a body of at most \(limits.bodyBytes) bytes, found \(text)",
          headers: [HTTPHeader("connection", "close")])
      }
    }
    return (route, name)
  }

  private static func refusal(for error: any Error) -> Refusal {
    switch error {
    case let refusal as Refusal: refusal
    case let error as ImageError: Refusal(.invalid, "\(error)")
    case is DrawingError: Refusal(.invalid, "the picture is too large to draw on")
    // Nobody waits for the answer any more.
    case is CancellationError: Refusal(.stopping, "the request was given up")
    default: Refusal(.failed, "the detector failed; the log says why")
    }
  }

  func queue(named name: String?) throws(Refusal) -> DetectionQueue {
    guard let name else {
      guard queues.count == 1 else {
        let names = queues.map(\.name).joined(separator: ", ")
        throw Refusal(.invalid, "model: expected one of \(names), found none")
      }
      return queues[0]
    }
    guard let queue = queues.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
      let names = queues.map(\.name).joined(separator: ", ")
      throw Refusal(.notFound, "model: expected one of \(names), found another")
    }
    return queue
  }
}
