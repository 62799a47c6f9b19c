import Foundation

extension String {
  /// The text in composed Unicode (form C), as file systems do not agree on it.
  ///
  /// Foundation takes a microsecond or so for each; a text of ASCII is composed already.
  package var composed: String {
    utf8.allSatisfy { $0 < 0x80 } ? self : precomposedStringWithCanonicalMapping
  }
}
