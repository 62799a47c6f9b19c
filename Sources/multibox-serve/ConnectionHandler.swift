import HTTPTypes
import NIOCore
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// What a connection may take of the server, and when it ends.
///
/// - A client that waits to be told to send its body (RFC 9110, 10.1.1) is told where the body will
///   be read: curl waits a second with bodies of a megabyte, which photographs are.
/// - An answer is sent in a time, or the connection ends: a client that reads nothing holds it no
///   longer.
/// - An answer that comes before the end of its request is the connection's last. A client that
///   still sends would lose the answer if the connection ended with unread bytes: so the answer is
///   sent, then its side of the connection closed, and what comes is thrown away for a while.
/// - What is no HTTP is answered here: those behind see requests alone.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// Told when the client is gone.
  let client = ConnectionClient()

  private let rules: Rules
  /// Requests whose heads came, and those of them that came to their end.
  private var (requests, ended) = (0, 0)
  /// Answers whose heads were written, that were written to their end, and that were sent.
  private var (answers, written, sent) = (0, 0, 0)
  /// The connection ends with the last answer that was written.
  private var isLast = false
  /// All answers are sent; what comes is thrown away.
  private var isDiscarding = false
  private var discarded = 0
  /// What came was no HTTP; nothing more is read of it.
  private var isBroken = false
  private var isInputClosed = false
  /// The connection was to be closed before all was sent.
  private var isToClose = false
  private var closePromise: EventLoopPromise<Void>?
  private var timer: Scheduled<Void>?

  init(_ rules: Rules) { self.rules = rules }

  func handlerAdded(context: ChannelHandlerContext) {
    let pipeline = context.pipeline.syncOperations
    do {
      // Behind it nobody knows the version of HTTP.
      let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
      try pipeline.addHandler(LastRequestHandler(), position: .before(codec))
    } catch {
      context.fireErrorCaught(error)
    }
  }

  // MARK: What comes

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    guard !isDiscarding, !isBroken else {
      discard(part, context)
      return
    }
    switch part {
    case .head(let head):
      requests += 1
      if let expected = head.headerFields[.expect], expected.utf8.count == 12,
        expected.lowercased() == "100-continue", rules.wantsBody(head)
      {
        context.writeAndFlush(
          wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
      }
    case .body: break
    case .end: ended += 1
    }
    context.fireChannelRead(data)
  }

  private func discard(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
    switch part {
    case .head: break
    case .body(let buffer):
      discarded += buffer.readableBytes
      if discarded > rules.discardedBytes { close(context) }
    case .end: if isDiscarding { close(context) }
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.fireChannelReadComplete()
    // Those behind read no more: they wait for somebody who takes what they have.
    if isDiscarding { context.read() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed? = event as? ChannelEvent {
      isInputClosed = true
      client.leave()
      if isDiscarding { close(context) }
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !isDiscarding else {
      close(context)
      return
    }
    guard !isBroken else { return }
    // A body that is none is for those who read it.
    guard requests == answers, let answer = rules.answer(error) else {
      context.fireErrorCaught(error)
      return
    }
    isBroken = true
    write(context: context, data: wrapOutboundOut(.head(answer.head)), promise: nil)
    write(context: context, data: wrapOutboundOut(.body(answer.body)), promise: nil)
    write(context: context, data: wrapOutboundOut(.end(nil)), promise: nil)
    context.flush()
  }

  func channelInactive(context: ChannelHandlerContext) {
    client.leave()
    timer?.cancel()
    timer = nil
    context.fireChannelInactive()
  }

  // MARK: What goes

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard !isDiscarding else {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    switch unwrapOutboundIn(data) {
    case .head(var response) where response.status.kind != .informational:
      answers += 1
      if ended < answers { response.headerFields[.connection] = "close" }
      isLast = response.headerFields[.connection] == "close"
      if timer == nil { startTimer(context) }
      context.write(wrapOutboundOut(.head(response)), promise: promise)
    case .end:
      written += 1
      let end = context.eventLoop.makePromise(of: Void.self)
      let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
      end.futureResult.whenSuccess { _ in
        let (handler, context) = bound.value
        handler.answerIsSent(context)
      }
      end.futureResult.cascade(to: promise)
      context.write(data, promise: end)
    default: context.write(data, promise: promise)
    }
  }

  private func answerIsSent(_ context: ChannelHandlerContext) {
    sent += 1
    timer?.cancel()
    timer = nil
    guard sent == answers else {
      startTimer(context)
      return
    }
    if isToClose || isLast && (ended >= answers || isInputClosed) {
      close(context)
    } else if isLast {
      isDiscarding = true
      // Nobody counts the bytes of what is no HTTP.
      startTimer(context, isBroken ? .seconds(1) : nil)
      // Where one side cannot be closed alone, the client knows by the header.
      context.close(mode: .output, promise: nil)
      context.read()
    }
  }

  // MARK: The end

  func close(
    context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?
  ) {
    let isSending = sent < answers && written == answers
    switch mode {
    case .all where isDiscarding || isSending:
      // It ends when what was written is sent, or the time for that is over.
      isToClose = true
      if let promise {
        if let closePromise {
          closePromise.futureResult.cascade(to: promise)
        } else {
          closePromise = promise
        }
      }
    case .output where isDiscarding: promise?.succeed()
    case .output where isSending && isInputClosed:
      // With both sides closed what is not sent yet would be lost.
      isToClose = true
      promise?.succeed()
    default: context.close(mode: mode, promise: promise)
    }
  }

  private func close(_ context: ChannelHandlerContext) {
    timer?.cancel()
    timer = nil
    let promise = closePromise
    closePromise = nil
    context.close(mode: .all, promise: promise)
  }

  private func startTimer(_ context: ChannelHandlerContext, _ time: TimeAmount? = nil) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(in: time ?? rules.time) {
      let (handler, context) = bound.value
      handler.close(context)
    }
  }
}
