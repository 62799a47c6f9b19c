import Files
import Foundation

/// The reason why a request gets no result: a status of HTTP, a word for programs and a sentence
/// for people.
public struct Refusal: Error, Hashable, Sendable {
  /// The kind of refusal, as programs read it.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The body or its parts are not what their type says.
    case malformed
    /// No token, or one that nobody has.
    case unauthorized
    /// No such path, or no such model.
    case notFound = "not_found"
    /// The path has other methods.
    case method = "method_not_allowed"
    /// None of the types that the client takes can be given.
    case notAcceptable = "not_acceptable"
    /// The body came too slowly.
    case slowBody = "slow_body"
    /// The body has more bytes than are read.
    case tooLarge = "too_large"
    /// The body's type is none that the path reads.
    case mediaType = "unsupported_media_type"
    /// A value that is understood and cannot be used, as an image of too many pixels.
    case invalid
    /// As many images wait as may.
    case queueFull = "queue_full"
    /// The detector failed.
    case failed
    /// The server ends.
    case stopping
    /// The image waited longer than any may.
    case deadline

    /// The status of HTTP.
    public var status: Int {
      switch self {
      case .malformed: 400
      case .unauthorized: 401
      case .notFound: 404
      case .method: 405
      case .notAcceptable: 406
      case .slowBody: 408
      case .tooLarge: 413
      case .mediaType: 415
      case .invalid: 422
      case .queueFull: 429
      case .failed: 500
      case .stopping: 503
      case .deadline: 504
      }
    }
  }

  /// The Unicode scalars of a message, at most, but for the sign where its middle was.
  public static let longestMessage = 500

  /// The kind.
  public let kind: Kind
  /// One line for people: what was expected and found.
  public let message: String
  /// Headers that belong to the status, as `retry-after` in seconds.
  public let headers: [HTTPHeader]

  /// Creates a refusal.
  ///
  /// - Parameters:
  ///   - kind: decides about the status.
  ///   - message: for people; of what a client sent in it the ends of lines become spaces, and
  ///     one longer than ``longestMessage`` loses its middle.
  ///   - headers: that belong to the status.
  public init(_ kind: Kind, _ message: String, headers: [HTTPHeader] = []) {
    self.kind = kind
    self.message = Self.shortened(message).inOneLine
    self.headers = headers
  }

  /// A text without its middle, where it is too long.
  ///
  /// Scalars are counted, not characters: one of those may be as long as a body, and where one
  /// begins behind millions of flags takes a minute to find.
  private static func shortened(_ text: String) -> String {
    let scalars = text.unicodeScalars
    // No scalar has less than a byte.
    guard text.utf8.count > longestMessage, scalars.count > longestMessage else { return text }
    let half = longestMessage / 2
    return String(scalars.prefix(half)) + "…" + String(scalars.suffix(half))
  }
}

extension Refusal {
  /// The body of the answer: the sentence under the key that the Open Inference Protocol gives it.
  private struct Body: Encodable {
    let error: String
    let code: String
    let status: Int
    let requestID: String

    private enum CodingKeys: String, CodingKey {
      case error, code, status
      case requestID = "request_id"
    }
  }

  /// Returns the answer that says so.
  ///
  /// - Parameter requestID: of the request that is refused.
  func answer(requestID: String) -> HTTPAnswer {
    let body = Body(
      error: message, code: kind.rawValue, status: kind.status, requestID: requestID)
    return HTTPAnswer.json(body, status: kind.status, headers: headers)
  }
}
