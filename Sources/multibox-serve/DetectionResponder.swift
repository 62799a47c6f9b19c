import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1
import Serving

extension HTTPHead {
  /// Takes a request; HEAD is the same as GET, but for the body of the answer.
  init(_ request: HTTPRequest) {
    self.init(
      method: request.method == .head ? "GET" : request.method.rawValue,
      target: request.path ?? "/",
      headers: request.headerFields.map { HTTPHeader($0.name.rawName, $0.value) })
  }
}

/// Where a request came.
struct ConnectionContext: InitializableFromSource {
  let channel: any Channel

  init(source: ApplicationRequestContextSource) { channel = source.channel }

  /// The client of the connection.
  var client: ConnectionClient {
    get async throws {
      let channel = channel
      return try await channel.eventLoop.submit {
        try channel.pipeline.syncOperations.handler(type: ConnectionHandler.self).client
      }.get()
    }
  }
}

/// Reads requests for a ``DetectionServer``, and writes a line for each into the log.
struct DetectionResponder: HTTPResponder {
  typealias Context = ConnectionContext

  let server: DetectionServer
  /// How long a body may take to come.
  let bodyTime: Duration
  let logger: Logger

  func respond(to request: Request, context: ConnectionContext) async throws -> Response {
    let start = ContinuousClock.now
    let head = HTTPHead(request.head)
    let requestID = head.requestID
    let answer: HTTPAnswer
    if let refusal = server.refusal(of: head, requestID: requestID) {
      answer = refusal
    } else if !server.takesBody(head) {
      answer = await server.answer(head, body: Data(), requestID: requestID)
    } else {
      switch await body(of: request) {
      case .whole(let body):
        answer = try await context.client.whileThere {
          await server.answer(head, body: body, requestID: requestID)
        }
      case .tooLarge: answer = server.unread(.tooLarge, requestID: requestID)
      case .slow: answer = server.unread(.slowBody, requestID: requestID)
      case .broken: answer = server.unread(.malformed, requestID: requestID)
      }
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    server.sent(answer, to: head, seconds: seconds)
    log(head, answer, requestID: requestID, seconds: seconds)
    let response = response(answer, requestID: requestID)
    return request.method == .head ? response.createHeadResponse() : response
  }

  /// Says whether a body is wanted: one that is refused by its head need not come.
  func wantsBody(_ request: HTTPRequest) -> Bool {
    let head = HTTPHead(request)
    return server.takesBody(head) && server.refusal(of: head, requestID: "") == nil
  }

  /// The answer to what is no HTTP; nil for errors of another kind, and where nobody is there.
  func answer(to error: any Error) -> (head: HTTPResponse, body: ByteBuffer)? {
    guard error is HTTP1TypeConversionError || error is HTTPParserError,
      error as? HTTPParserError != .invalidEOFState
    else { return nil }
    let head = HTTPHead(method: "", target: "")
    let requestID = head.requestID
    let answer = server.unreadHead(requestID: requestID)
    server.sent(answer, to: head, seconds: 0)
    log(head, answer, requestID: requestID, seconds: 0)
    return (response(answer, requestID: requestID).head, ByteBuffer(bytes: answer.body))
  }

  // MARK: Bodies

  private enum Body: Sendable {
    case whole(Data)
    case tooLarge
    case slow
    /// What came is no body of HTTP, or its client is gone.
    case broken
  }

  /// Reads the body, as long as it may take.
  private func body(of request: Request) async -> Body {
    let (limit, time) = (server.limits.bodyBytes, bodyTime)
    return await withTaskGroup(of: Body.self) { group in
      group.addTask {
        var data = Data()
        do {
          for try await buffer in request.body {
            guard data.count + buffer.readableBytes <= limit else { return .tooLarge }
            data.append(contentsOf: buffer.readableBytesView)
          }
        } catch {
          return Task.isCancelled ? .slow : .broken
        }
        return .whole(data)
      }
      group.addTask {
        try? await Task.sleep(for: time)
        return .slow
      }
      let first = await group.next() ?? .slow
      group.cancelAll()
      return first
    }
  }

  // MARK: Answers

  private func response(_ answer: HTTPAnswer, requestID: String) -> Response {
    var headers = HTTPFields()
    for header in answer.headers {
      // A name that is none belongs to no answer of ours.
      if let name = HTTPField.Name(header.name) { headers[name] = header.value }
    }
    if let name = HTTPField.Name("x-request-id") { headers[name] = requestID }
    return Response(
      status: HTTPResponse.Status(code: answer.status), headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
  }

  private func log(_ head: HTTPHead, _ answer: HTTPAnswer, requestID: String, seconds: Double) {
    var metadata: Logger.Metadata = [
      "request_id": "\(requestID)", "method": "\(head.method)", "path": "\(head.path)",
      "status": "\(answer.status)", "milliseconds": "\(Int((seconds * 1000).rounded()))",
      "bytes": "\(answer.body.count)",
    ]
    if !answer.model.isEmpty { metadata["model"] = "\(answer.model)" }
    if let fault = answer.fault { metadata["error"] = "\(fault)" }
    let level: Logger.Level = answer.status >= 500 && answer.fault != nil ? .error : .info
    logger.log(level: level, "request", metadata: metadata)
  }
}
