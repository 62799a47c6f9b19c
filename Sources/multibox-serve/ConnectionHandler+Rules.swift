import HTTPTypes
import NIOCore

extension ConnectionHandler {
  /// What is the same for all connections.
  struct Rules: Sendable {
    /// How long an answer may take to be sent, and what comes behind the last one is thrown away.
    let time: TimeAmount
    /// How much of it, at most.
    let discardedBytes: Int
    /// Says whether the body of a request is wanted.
    let wantsBody: @Sendable (HTTPRequest) -> Bool
    /// The answer to what is no HTTP; nil for other errors.
    let answer: @Sendable (any Error) -> (head: HTTPResponse, body: ByteBuffer)?
  }
}
