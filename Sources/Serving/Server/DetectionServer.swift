import Datasets
import Detectors
import Files
import Foundation
import ImageFiles
import MultiBox
import SSDReport
import Synchronization

/// The limits of a server: what comes from strangers is bounded before memory or time is taken.
public struct ServerLimits: Sendable {
  /// Bytes of a request's body, at most.
  public var bodyBytes = 20_000_000
  /// Pixels of an image, at most, by its header.
  public var pixels = 50_000_000
  /// Images that may wait for a model.
  public var waiting = 64
  /// How long an image may wait.
  public var deadline = Duration.seconds(10)
  /// Bytes of networks' outputs in an answer, at most; but those of one image are always given.
  public var outputBytes = 64_000_000

  /// Creates the usual limits.
  public init() {}
}

/// Answers requests with what detectors find: all of a server but the transport.
///
/// Whoever brings the transport asks ``refusal(of:requestID:)`` when the head of a request is
/// there, then reads the body where ``takesBody(_:)`` says so, at most ``ServerLimits/bodyBytes``
/// of it, and asks ``answer(_:body:requestID:)``; ``sent(_:to:seconds:)`` counts what was sent.
public final class DetectionServer: Sendable {
  /// The limits.
  public let limits: ServerLimits
  private let queues: [DetectionQueue]
  private let metrics: ServerMetrics
  private let tokens: BearerTokens?
  private let version: String
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

  private var takesImages: Bool { isStopping.withLock { !$0 } }

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
    if let coding = head.value(of: "content-encoding"), coding.lowercased() != "identity" {
      throw Refusal(
        .mediaType, "Content-Encoding: expected a body that is not packed, found \(coding)",
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

  private func queue(named name: String?) throws(Refusal) -> DetectionQueue {
    guard let name else {
      guard queues.count == 1 else {
        let names = queues.map(\.name).joined(separator: ", ")
        throw Refusal(.invalid, "model: expected one of \(names), found none")
      }
      return queues[0]
    }
    guard let queue = queues.first(where: { $0.name == name }) else {
      let names = queues.map(\.name).joined(separator: ", ")
      throw Refusal(.notFound, "model: expected one of \(names), found another")
    }
    return queue
  }

  // MARK: Answers

  private struct Live: Encodable { let live: Bool }
  private struct Ready: Encodable { let ready: Bool }
  private struct ServerMetadata: Encodable {
    let name = "multibox"
    let version: String
    let extensions = [InferenceBody.extensionName]
    let models: [String]
  }

  private func answer(_ route: ServerRoute, _ model: String) throws(Refusal) -> HTTPAnswer {
    switch route {
    case .page: return ServerPage.answer
    case .openAPI: return ServerPage.openAPI(version: version)
    case .metrics:
      let text = metrics.text(queues: queues.map(\.state))
      return HTTPAnswer(status: 200, type: MetricsText.type, body: Data(text.utf8))
    case .server:
      return .json(ServerMetadata(version: version, models: queues.map(\.name)))
    case .live: return .json(Live(live: true))
    case .ready, .modelReady:
      let isReady = takesImages
      return .json(Ready(ready: isReady), status: isReady ? 200 : Refusal.Kind.stopping.status)
    case .model:
      let queue = try queue(named: model)
      let detector = queue.detector
      return .json(
        ModelMetadata(
          name: model, classNames: detector.classNames, shownScores: detector.shownScores,
          lowestScore: detector.scoreThreshold, raw: queue.rawShape))
    case .detect, .infer: throw Refusal(.method, "expected POST")
    }
  }

  private func detect(
    _ head: HTTPHead, _ body: Data, _ model: inout String
  ) async throws -> HTTPAnswer {
    let types = [MediaType.json, .jpeg, .png]
    guard let type = MediaType.preferred(types, accept: head.value(of: "accept")) else {
      throw Refusal(
        .notAcceptable,
        "Accept: expected one of \(types.map(\.name).joined(separator: ", "))")
    }
    let request = try DetectRequest(
      body, type: head.value(of: "content-type"),
      parameters: DetectionParameters(QueryItems(target: head.target)))
    let queue = try queue(named: request.parameters.model)
    model = queue.name
    let choice = try request.parameters.choice(of: queue.detector)
    let pixels = limits.pixels
    let classNames = queue.detector.classNames
    var work = DetectionQueue.Work {
      try ImageFile.decode(request.image, path: request.name, maximumPixels: pixels)
    }
    if type != .json {
      work.draw = { image, detections in
        let drawn = try DetectionPicture(classNames: classNames)
          .drawn(choice.chosen(detections), on: image)
        return type == .jpeg
          ? try JPEGFile.encoded(drawn, path: request.name)
          : try PNGFile.data(of: drawn, path: request.name)
      }
    }
    let result = try await queue.results(of: [work])[0]
    if let picture = result.picture {
      return HTTPAnswer(status: 200, type: type.name, body: picture)
    }
    let line = try DetectionLine(
      image: request.name, width: result.image.width, height: result.image.height,
      detections: choice.chosen(result.detections), classNames: classNames
    ).text()
    return HTTPAnswer(status: 200, type: type.name, body: Data("\(line)\n".utf8))
  }

  /// What a number in JSON counts, beside one in binary data: its text is three times as long, and
  /// while it is written takes fourteen times the memory (104 MB for the 7.5 MB of 64 images).
  private static let textFactor = 8

  /// Says whether an inference asks for what the network computed.
  ///
  /// - Throws: ``Refusal``, which is `invalid`, where that cannot be had or would be too much.
  private func wantsPredictions(
    _ request: InferenceRequest, of queue: DetectionQueue
  ) throws(Refusal) -> Bool {
    guard let raw = request.outputs.first(where: { $0.output.isRaw })?.output else { return false }
    guard let shape = queue.rawShape else {
      throw Refusal(
        .invalid,
        "outputs: \(raw.rawValue): expected a detector of logits and offsets that looks at whole"
          + " images, found another")
    }
    let isText = request.outputs.contains { $0.output.isRaw && !$0.isBinary }
    let most = max(limits.outputBytes / (shape.byteCount * (isText ? Self.textFactor : 1)), 1)
    guard request.images.count <= most else {
      throw Refusal(
        .invalid,
        "outputs: \(raw.rawValue): expected at most \(most) images\(isText ? " without binary_data" : ""),"
          + " found \(request.images.count)")
    }
    return true
  }

  private func infer(_ head: HTTPHead, _ model: String, _ body: Data) async throws -> HTTPAnswer {
    let request = try InferenceRequest(
      body, jsonLength: head.value(of: InferenceBody.jsonLength), maximumPixels: limits.pixels,
      maximumImages: limits.waiting)
    let queue = try queue(named: model)
    let wantsPredictions = try wantsPredictions(request, of: queue)
    let choice = try request.parameters.choice(of: queue.detector)
    let pixels = limits.pixels
    let works = request.images.enumerated().map { index, image in
      var work = DetectionQueue.Work {
        switch image {
        case .pixels(let image): image
        case .file(let data):
          try ImageFile.decode(data, path: "image \(index)", maximumPixels: pixels)
        }
      }
      work.wantsPredictions = wantsPredictions
      return work
    }
    let images = try await queue.results(of: works).map {
      InferenceAnswer.Image(
        detections: choice.chosen($0.detections), predictions: $0.predictions)
    }
    return try InferenceAnswer(
      model: model, to: request, images: images, classNames: queue.detector.classNames
    ).answer()
  }
}
