extension String {
  /// The combining marks that may follow each other (Unicode's stream-safe text, UAX #15, 13).
  static let markLimit = 30
  /// What is expected of a text from a stranger.
  static let streamSafe = "a text without more than \(markLimit) combining marks in a row"

  /// Says whether the text may be compared and hashed: both put marks that follow each other in
  /// their order, in a time that grows with the square of their number. 80 kB take seconds.
  var isStreamSafe: Bool {
    // Most are: marks begin at U+0300.
    if utf8.allSatisfy({ $0 < 0xCC }) { return true }
    var marks = 0
    for scalar in unicodeScalars {
      if scalar.value < 0x300 || scalar.properties.canonicalCombiningClass == .notReordered {
        marks = 0
      } else {
        marks += 1
        if marks > Self.markLimit { return false }
      }
    }
    return true
  }

  /// The text.
  ///
  /// - Parameter place: what the error calls it.
  /// - Throws: ``Refusal``, which is `malformed`, where it is not ``isStreamSafe``.
  func streamSafe(_ place: String) throws(Refusal) -> String {
    guard isStreamSafe else { throw Refusal(.malformed, "\(place): expected \(Self.streamSafe)") }
    return self
  }
}
