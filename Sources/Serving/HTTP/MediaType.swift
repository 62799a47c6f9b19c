/// A type of content with its parameters, as `multipart/form-data; boundary=x` (RFC 9110, 8.3.1).
public struct MediaType: Hashable, Sendable {
  /// Type and subtype, in lower case.
  public let name: String
  /// The parameters by their names, in lower case; of a name that comes twice the first.
  public let parameters: [String: String]

  static let json = MediaType(name: "application/json")
  static let jpeg = MediaType(name: "image/jpeg")
  static let png = MediaType(name: "image/png")
  static let bytes = MediaType(name: "application/octet-stream")

  private init(name: String) {
    self.name = name
    parameters = [:]
  }

  /// Reads the value of a header; nil where it is no type.
  ///
  /// - Parameter text: of `Content-Type`, or one of the types of `Accept`.
  public init?(_ text: String) {
    let parts = text.split(outsideOfQuotes: ";")
    let name = parts[0].withoutSpaceAround.lowercased()
    let halves = name.split(separator: "/", omittingEmptySubsequences: false)
    guard halves.count == 2,
      halves.allSatisfy({ !$0.isEmpty && !$0.contains(where: \.isWhitespace) })
    else { return nil }
    self.name = name
    parameters = HeaderParameters.read(parts.dropFirst())
  }

  /// Returns the one of some types that a client likes most, of those that it likes alike the
  /// first.
  ///
  /// - Parameters:
  ///   - types: what can be given, without parameters.
  ///   - accept: the value of the header `Accept`; nil takes all.
  /// - Returns: nil where it takes none.
  static func preferred(_ types: [MediaType], accept: String?) -> MediaType? {
    guard let accept else { return types.first }
    let taken = accept.split(outsideOfQuotes: ",").compactMap { MediaType(String($0)) }
    var best: (type: MediaType, quality: Double)?
    for type in types {
      let ranges = [type.name, type.name.prefix { $0 != "/" } + "/*", "*/*"]
      // The most exact range decides, whatever stands before it.
      let range = ranges.lazy.compactMap { name in taken.first { $0.name == name } }.first
      guard let range else { continue }
      let quality = range.parameters["q"].map { Double($0) ?? 0 } ?? 1
      if quality > best?.quality ?? 0 { best = (type, quality) }
    }
    return best?.type
  }
}

/// The parameters behind a header's value: `; name=value; other="a \"quoted\" value"`.
enum HeaderParameters {
  static func read(_ parts: some Sequence<Substring>) -> [String: String] {
    var parameters: [String: String] = [:]
    for part in parts {
      let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard halves.count == 2 else { continue }
      let name = halves[0].withoutSpaceAround.lowercased()
      let value = halves[1].withoutSpaceAround
      if !name.isEmpty, parameters[name] == nil { parameters[name] = unquoted(value) }
    }
    return parameters
  }

  private static func unquoted(_ value: String) -> String {
    guard value.count >= 2, value.first == "\"", value.last == "\"" else { return value }
    var text = ""
    var isEscaped = false
    for character in value.dropFirst().dropLast() {
      if character == "\\", !isEscaped {
        isEscaped = true
      } else {
        text.append(character)
        isEscaped = false
      }
    }
    return text
  }
}

extension String {
  /// The parts between signs that stand in no quotes; one at least.
  func split(outsideOfQuotes sign: Character) -> [Substring] {
    var parts: [Substring] = []
    var start = startIndex
    var isQuoted = false
    var isEscaped = false
    for index in indices {
      let character = self[index]
      if isEscaped {
        isEscaped = false
      } else if isQuoted, character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        isQuoted.toggle()
      } else if character == sign, !isQuoted {
        parts.append(self[start..<index])
        start = self.index(after: index)
      }
    }
    return parts + [self[start...]]
  }
}
