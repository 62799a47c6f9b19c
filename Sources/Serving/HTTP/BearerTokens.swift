import Files
import Foundation

/// The tokens of those who may use a server, as `Authorization: Bearer …` brings them (RFC 6750).
public struct BearerTokens: Sendable {
  /// The fewest characters of a token: fewer are guessed.
  public static let leastLength = 16
  private let tokens: [[UInt8]]

  /// Takes tokens.
  ///
  /// - Parameter tokens: any of them opens the server.
  public init(_ tokens: [String]) { self.tokens = tokens.map { Array($0.utf8) } }

  /// Reads a file of tokens.
  ///
  /// - Parameter path: of a text file with a token a line; empty lines and those behind `#` are
  ///   left out.
  /// - Throws: `FileError` where it cannot be read, has no token, or one that is too short or has
  ///   signs that no header can bring.
  public init(contentsOf path: String) throws {
    var tokens: [String] = []
    for (index, line) in try TextFile(path).lines.enumerated() {
      let token = String(line).withoutSpaceAround
      guard !token.isEmpty, !token.hasPrefix("#") else { continue }
      guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
        throw FileError(
          path: path,
          reason: "line \(index + 1): expected a token of letters, digits and signs of ASCII")
      }
      guard token.utf8.count >= Self.leastLength else {
        throw FileError(
          path: path,
          reason: "line \(index + 1): expected a token of \(Self.leastLength) characters or more,"
            + " found \(token.utf8.count)")
      }
      tokens.append(token)
    }
    guard !tokens.isEmpty else {
      throw FileError(path: path, reason: "expected a token a line, found none")
    }
    self.init(tokens)
  }

  /// Returns true where a header brings one of the tokens.
  ///
  /// How long it takes depends on the header and on the number of tokens, never on how much of a
  /// token is right: whoever measures learns nothing.
  ///
  /// - Parameter authorization: the header's value; nil where there is none.
  public func allow(_ authorization: String?) -> Bool {
    guard let authorization else { return false }
    let halves = authorization.split(separator: " ", maxSplits: 1)
    guard halves.count == 2, halves[0].lowercased() == "bearer" else { return false }
    let given = Array(halves[1].withoutSpaceAround.utf8)
    var isAny: UInt8 = 0
    // All of them, also behind one that fits.
    for token in tokens { isAny |= Self.areEqual(given, token) }
    return isAny != 0
  }

  /// 1 where both are the same bytes, else 0, in a time that the first alone decides about.
  static func areEqual(_ given: [UInt8], _ token: [UInt8]) -> UInt8 {
    guard !token.isEmpty else { return 0 }
    var difference = UInt64(truncatingIfNeeded: given.count ^ token.count)
    var place = 0
    for byte in given {
      difference |= UInt64(byte ^ token[place])
      place += 1
      if place == token.count { place = 0 }
    }
    // No branch: 1 for 0 alone.
    return UInt8(truncatingIfNeeded: (~difference & (difference &- 1)) >> 63)
  }
}
