import Foundation

/// The names and values behind `?` of a request's target.
struct QueryItems: Sendable {
  /// In their order, decoded.
  let items: [(name: String, value: String)]

  /// - Parameter target: path and query, percent-encoded.
  /// - Throws: ``Refusal``, which is `malformed`, where a percent sign does not stand before two
  ///   digits, or what comes out is no UTF-8.
  init(target: String) throws(Refusal) {
    guard let question = target.firstIndex(of: "?") else {
      items = []
      return
    }
    var items: [(name: String, value: String)] = []
    for item in target[target.index(after: question)...].split(separator: "&") {
      let halves = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      items.append(
        (try Self.decoded(halves[0]), halves.count == 2 ? try Self.decoded(halves[1]) : ""))
    }
    self.items = items
  }

  /// The text of a percent-encoded one; a plus is a space, as forms have it.
  private static func decoded(_ text: Substring) throws(Refusal) -> String {
    let spaced = text.replacing("+", with: " ")
    guard let decoded = spaced.removingPercentEncoding else {
      throw Refusal(.malformed, "query: expected percent-encoded UTF-8, found \(text)")
    }
    return try decoded.streamSafe("query")
  }
}
