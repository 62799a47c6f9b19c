import Files
import Foundation

/// What was read, and how: all that the result depends on besides files and code.
struct IndexKey: Sendable {
  let text: String

  /// - Parameter parts: in an order that says what each is.
  init(_ parts: [String]) {
    // With their lengths: no two lists give one text.
    text = parts.map { "\($0.utf8.count):\($0)" }.joined(separator: ",")
  }

  /// The key with more of what was read.
  func adding(_ parts: [String]) -> IndexKey {
    IndexKey([text] + parts)
  }

  /// The name of the index's file.
  var name: String { ContentHash(of: Data(text.utf8)).text }
}
