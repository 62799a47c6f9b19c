import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Serving

/// Reads requests for a ``DetectionServer``, and writes a line for each into the log.
struct DetectionResponder: HTTPResponder {
  typealias Context = BasicRequestContext

  let server: DetectionServer
  /// How long a body may take to come.
  let bodyTime: Duration
  let logger: Logger

  func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
    let start = ContinuousClock.now
    // The same as GET, but for the body.
    let isHead = request.method == .head
    let head = HTTPHead(
      method: isHead ? "GET" : request.method.rawValue, target: request.head.path ?? "/",
      headers: request.headers.map { HTTPHeader($0.name.rawName, $0.value) })
    let requestID = head.requestID
    let answer: HTTPAnswer
    if let refusal = server.refusal(of: head, requestID: requestID) {
      answer = refusal
    } else {
      switch await body(of: request) {
      case .whole(let body):
        answer = await server.answer(head, body: body, requestID: requestID)
      case .tooLarge: answer = server.unread(.tooLarge, requestID: requestID)
      case .slow: answer = server.unread(.slowBody, requestID: requestID)
      case .broken: answer = server.unread(.malformed, requestID: requestID)
      }
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    server.sent(answer, to: head, seconds: seconds)
    log(head, answer, requestID: requestID, seconds: seconds)
    let response = response(answer, requestID: requestID)
    return isHead ? response.createHeadResponse() : response
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

  /// Thrown behind an answer, so that the connection ends with it.
  private struct ConnectionEnds: Error {}

  private func response(_ answer: HTTPAnswer, requestID: String) -> Response {
    var headers = HTTPFields()
    for header in answer.headers {
      // A name that is none belongs to no answer of ours.
      if let name = HTTPField.Name(header.name) { headers[name] = header.value }
    }
    if let name = HTTPField.Name("x-request-id") { headers[name] = requestID }
    let status = HTTPResponse.Status(code: answer.status)
    let buffer = ByteBuffer(bytes: answer.body)
    guard answer.value(of: "connection") == "close" else {
      return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: buffer))
    }
    // Else the rest of a body that nobody reads would be waited for, however long it is.
    return Response(
      status: status, headers: headers,
      body: ResponseBody(contentLength: buffer.readableBytes) { writer in
        try await writer.write(buffer)
        try await writer.finish(nil)
        throw ConnectionEnds()
      })
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
