import Foundation

/// A header of a request or an answer.
public struct HTTPHeader: Hashable, Sendable {
  /// The name, in lower case.
  public let name: String
  /// The value.
  public let value: String

  /// Creates a header.
  ///
  /// - Parameters:
  ///   - name: in any case.
  ///   - value: without ends of lines.
  public init(_ name: String, _ value: String) {
    self.name = name.lowercased()
    self.value = value
  }
}

/// A request without its body: what is known before that is read.
public struct HTTPHead: Sendable {
  /// The method, in capitals.
  public var method: String
  /// The path and, behind `?`, the query, as they came.
  public var target: String
  /// The headers, in their order.
  public var headers: [HTTPHeader]

  /// Creates a head.
  ///
  /// - Parameters:
  ///   - method: in capitals.
  ///   - target: path and query, percent-encoded.
  ///   - headers: in their order.
  public init(method: String, target: String, headers: [HTTPHeader] = []) {
    self.method = method
    self.target = target
    self.headers = headers
  }

  /// Returns the value of the first header of a name; nil where there is none.
  ///
  /// - Parameter name: in lower case.
  public func value(of name: String) -> String? { headers.first { $0.name == name }?.value }

  /// Returns the values of all headers of a name whose value is a list, as one (RFC 9110, 5.3); nil
  /// where there is none.
  ///
  /// - Parameter name: in lower case.
  func list(of name: String) -> String? {
    let values = headers.filter { $0.name == name }.map(\.value)
    return values.isEmpty ? nil : values.joined(separator: ", ")
  }

  /// The path without the query, percent-encoded.
  public var path: String { String(target.prefix { $0 != "?" }) }

  /// The name that the request has in logs and answers: the client's own, where it is short and
  /// plain, else a new one.
  public var requestID: String {
    if let own = value(of: "x-request-id"), (1...64).contains(own.utf8.count),
      own.utf8.allSatisfy(PlainText.isPlain)
    {
      return own
    }
    return UUID().uuidString.lowercased()
  }
}

/// An answer, whole.
public struct HTTPAnswer: Sendable {
  /// The status, 200…599.
  public var status: Int
  /// The headers, without those that the transport knows itself.
  public var headers: [HTTPHeader]
  /// The body.
  public var body: Data
  /// The name of the model that was asked for; empty for none that there is.
  public internal(set) var model = ""
  /// What went wrong inside, for the log alone.
  public internal(set) var fault: String?

  /// Creates an answer.
  ///
  /// - Parameters:
  ///   - status: 200…599.
  ///   - type: of the body.
  ///   - headers: others.
  ///   - body: its bytes.
  public init(status: Int, type: String, headers: [HTTPHeader] = [], body: Data) {
    self.status = status
    // Nobody is to guess another type from bytes that a stranger sent.
    self.headers =
      [HTTPHeader("content-type", type), HTTPHeader("x-content-type-options", "nosniff")]
      + headers
    self.body = body
  }

  /// Returns the value of a header; nil where there is none.
  ///
  /// - Parameter name: in lower case.
  public func value(of name: String) -> String? { headers.first { $0.name == name }?.value }

  static func json(
    _ value: some Encodable, status: Int = 200, headers: [HTTPHeader] = []
  ) -> HTTPAnswer {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // What is encoded here has finite numbers alone, and those are all that can fail.
    let body = (try? encoder.encode(value)) ?? Data("{}".utf8)
    return HTTPAnswer(
      status: status, type: MediaType.json.name, headers: headers, body: body + Data("\n".utf8))
  }
}
