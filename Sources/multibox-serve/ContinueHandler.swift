import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Tells a client that waits for it to send its body (RFC 9110, 10.1.1): curl waits a second with
/// bodies of a megabyte, which photographs are.
///
/// A body that is too long by its head is not asked for; the answer says so.
final class ContinueHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundOut = HTTPResponsePart

  private let bodyBytes: Int

  /// - Parameter bodyBytes: of a body, at most.
  init(bodyBytes: Int) { self.bodyBytes = bodyBytes }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head(let head) = unwrapInboundIn(data),
      head.headerFields[.expect]?.lowercased() == "100-continue",
      head.headerFields[.contentLength].map({ Int($0) ?? .max <= bodyBytes }) ?? true
    {
      context.writeAndFlush(
        wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }
    context.fireChannelRead(data)
  }
}
