import Files
import Foundation
import TestSupport
import Testing

@testable import Serving

struct MediaTypeTests {
  @Test func typesAreReadWithTheirParameters() throws {
    let type = try #require(MediaType(" Multipart/Form-Data ; Boundary=\"a;\\\"b\" ; x = y;z"))
    #expect(type.name == "multipart/form-data")
    #expect(type.parameters == ["boundary": "a;\"b", "x": "y"])
    #expect(try #require(MediaType("image/png")).parameters.isEmpty)
    for text in ["", "image", "image/", "/png", "image/p ng", "a/b/c", ";"] {
      #expect(MediaType(text) == nil, "\(text)")
    }
  }

  /// RFC 9110, 12.5.1: the most exact range decides, then the quality.
  @Test(
    arguments: [
      (nil, "application/json"), ("*/*", "application/json"), ("image/png", "image/png"),
      ("image/*", "image/jpeg"), ("text/html, image/png;q=0.5", "image/png"),
      ("application/json;q=0.2, image/jpeg;q=0.3", "image/jpeg"),
      ("*/*;q=0.1, image/png", "image/png"), ("image/*;q=0.4, image/jpeg;q=0", "image/png"),
      ("text/html", nil), ("application/json;q=0", nil), ("", nil), ("image/png;q=x", nil),
    ] as [(String?, String?)])
  func theClientChooses(accept: String?, expected: String?) {
    #expect(MediaType.preferred([.json, .jpeg, .png], accept: accept)?.name == expected)
  }
}

struct BearerTokensTests {
  private let tokens = BearerTokens(["first-token-of-two", "another token"])

  @Test(
    arguments: [
      ("Bearer first-token-of-two", true), ("bearer  first-token-of-two ", true),
      ("BEARER another token", true), ("Bearer first-token-of-tw", false),
      ("Bearer first-token-of-twoo", false), ("Bearer first-token-of-twofirst-token-of-two", false),
      ("Bearer Girst-token-of-two", false), ("Bearer", false), ("Bearer ", false), ("", false),
      ("Basic first-token-of-two", false), ("first-token-of-two", false), (nil, false),
    ] as [(String?, Bool)])
  func aHeaderBringsOneOfThemOrNone(header: String?, isAllowed: Bool) {
    #expect(tokens.allow(header) == isAllowed)
  }

  @Test func equalityIsThatOfTheBytes() {
    // Against ==, with lengths on both sides of each other.
    var numbers = SeededNumbers(3)
    var equal = 0
    for _ in 0..<2000 {
      func bytes() -> [UInt8] {
        (0..<numbers.integer(0...3)).map { _ in UInt8(numbers.integer(0...1)) }
      }
      let (given, token) = (bytes(), bytes())
      let expected = !token.isEmpty && given == token
      equal += expected ? 1 : 0
      #expect(BearerTokens.areEqual(given, token) == (expected ? 1 : 0), "\(given) \(token)")
    }
    #expect(equal > 50)
    let long = [UInt8](repeating: 7, count: 70000)
    #expect(BearerTokens.areEqual(long, long) == 1)
    #expect(BearerTokens.areEqual(long + [7], long) == 0)
    #expect(BearerTokens.areEqual([], [1]) == 0)
    // Of no tokens none fits.
    #expect(!BearerTokens([]).allow("Bearer x"))
  }

  @Test func aFileHasATokenALine() throws {
    try withFolder { folder in
      let path = folder + "/tokens"
      func read(_ text: String) throws -> BearerTokens {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return try BearerTokens(contentsOf: path)
      }
      let tokens = try read("# of the shop\n0123456789abcdef\r\n\n  fedcba9876543210  \n")
      #expect(tokens.allow("Bearer 0123456789abcdef") && tokens.allow("Bearer fedcba9876543210"))
      #expect(!tokens.allow("Bearer # of the shop"))
      for (text, reason) in [
        ("# none\n", "expected a token a line, found none"),
        ("0123456789abcde\n", "line 1: expected a token of 16 characters or more, found 15"),
        ("\n0123456789 abcdef\n", "line 2: expected a token of letters, digits and signs of ASCII"),
      ] {
        let error = #expect(throws: FileError.self) { try read(text) }
        #expect(error?.description == "\(path): \(reason)")
      }
    }
  }
}

struct HTTPHeadTests {
  @Test func aRequestKeepsAPlainIdAndGetsOneElse() {
    func id(_ own: String?) -> String {
      HTTPHead(
        method: "GET", target: "/", headers: own.map { [HTTPHeader("X-Request-ID", $0)] } ?? []
      ).requestID
    }
    #expect(id("order-7_a.B") == "order-7_a.B")
    for own in [nil, "", "a b", "a\u{1B}[2J", "é", String(repeating: "a", count: 65)] {
      let made = id(own)
      #expect(UUID(uuidString: made) != nil && made != id(own), "\(own ?? "none")")
    }
  }

  @Test func queriesAreDecoded() throws {
    let items = try QueryItems(target: "/p?a=1&b=caf%C3%A9+%26&c&=d&&a=2").items
    #expect(items.map(\.name) == ["a", "b", "c", "", "a"])
    #expect(items.map(\.value) == ["1", "café &", "", "d", "2"])
    #expect(try QueryItems(target: "/p").items.isEmpty)
    for target in ["/p?a=%", "/p?a=%zz", "/p?%ff=1"] {
      let refusal = #expect(throws: Refusal.self) { try QueryItems(target: target) }
      #expect(refusal?.kind == .malformed)
    }
  }

  @Test func whatAClientSentMakesNoSecondLineAndNoLongOne() {
    let refusal = Refusal(
      .invalid, "threshold: found .5\r\n--b" + String(repeating: "x", count: 900))
    #expect(refusal.message.split(whereSeparator: \.isNewline).count == 1)
    #expect(
      refusal.message.hasPrefix("threshold: found .5")
        && refusal.message.hasSuffix("…" + String(repeating: "x", count: 250)))
    // The line's end were two, which are one space.
    #expect(refusal.message.count == Refusal.longestMessage)
  }

  /// Characters as long as the whole text, and flags, of which only all together tell where one
  /// begins: a message of them was as long as a body, or took a core for a minute.
  @Test(arguments: ["\u{301}", "\u{1F1E9}", "\u{1F468}\u{200D}", "\u{FFFD}", "\r\n"])
  func oddTextMakesNoLongMessageAndTakesNoTime(_ sign: String) {
    let text = "threshold: found " + String(repeating: sign, count: 5_000_000)
    let refusal = Refusal(.invalid, text)
    #expect(refusal.message.unicodeScalars.count <= Refusal.longestMessage + 1)
    #expect(refusal.message.hasPrefix("threshold: found"))
  }

  @Test func everyRefusalIsAStatusWithJSON() throws {
    for kind in Refusal.Kind.allCases {
      let answer = Refusal(kind, "why \"so\"", headers: [HTTPHeader("Retry-After", "3")])
        .answer(requestID: "id-1")
      #expect((400...599).contains(answer.status))
      #expect(answer.value(of: "content-type") == "application/json")
      #expect(answer.value(of: "retry-after") == "3")
      let body = try #require(
        try JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
      #expect(body["error"] as? String == "why \"so\"" && body["code"] as? String == kind.rawValue)
      #expect(body["status"] as? Int == answer.status && body["request_id"] as? String == "id-1")
    }
    #expect(Set(Refusal.Kind.allCases.map(\.status)).count == Refusal.Kind.allCases.count)
  }
}

/// Comparing and hashing marks that are out of their order takes a time that grows with the square
/// of their number: a key of 19 MB held a core for ever.
struct StreamSafeTextTests {
  private static let marks = String(repeating: "\u{301}\u{327}", count: 2_000_000)

  @Test func marksInARowAreFew() {
    for text in ["", "plain", "cafe\u{301}", "日本語", String(repeating: "🇩", count: 100)] {
      #expect(text.isStreamSafe)
    }
    for (count, isSafe) in [(30, true), (31, false)] {
      #expect(("a" + String(repeating: "\u{301}", count: count)).isStreamSafe == isSafe)
    }
    #expect(String(repeating: "a\u{301}\u{327}", count: 1000).isStreamSafe)
  }

  @Test(
    arguments: [
      #"{"a@": 1}"#, #"{"image": "@"}"#, #"{"classes": ["a@"], "image": ""}"#,
      #"{"model": "a@"}"#,
    ])
  func aBodyOfMarksIsRefusedAtOnce(_ template: String) {
    let body = Data(template.replacing("@", with: Self.marks).utf8)
    let refusal = #expect(throws: Refusal.self) {
      try DetectRequest(body, type: "application/json", parameters: DetectionParameters())
    }
    #expect(refusal?.kind == .malformed)
    #expect(refusal?.message.contains(String.streamSafe) == true, "\(refusal?.message ?? "")")
  }

  @Test func aFormOfMarksIsRefusedAtOnce() {
    let few = String(repeating: "\u{301}\u{327}", count: 1000)
    for (header, value) in [("threshold", "a" + Self.marks), ("a" + few, "1")] {
      let disposition = "Content-Disposition: form-data; name=\"\(header)\""
      let body = Data("--b\r\n\(disposition)\r\n\r\n\(value)\r\n--b--\r\n".utf8)
      let refusal = #expect(throws: Refusal.self) {
        try DetectRequest(
          body, type: "multipart/form-data; boundary=b", parameters: DetectionParameters())
      }
      #expect(refusal?.message.contains(String.streamSafe) == true, "\(refusal?.message ?? "")")
    }
  }
}
