import Testing

@testable import Files

struct ComposedUnicodeTests {
  /// Expected by hand: U+00E9 is e with an acute, U+0301 the acute alone; the ring of U+212B is
  /// that of U+00C5.
  @Test(arguments: [
    ("", ""), ("a.jpg", "a.jpg"), ("\u{7F}", "\u{7F}"), ("e\u{301}.jpg", "\u{E9}.jpg"),
    ("\u{E9}", "\u{E9}"), ("\u{212B}", "\u{C5}"), ("A\u{30A}b", "\u{C5}b"),
  ])
  func formsAreOne(text: String, expected: String) {
    #expect(Array(text.composed.unicodeScalars) == Array(expected.unicodeScalars))
  }
}
