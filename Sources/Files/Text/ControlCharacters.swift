// Names of classes and files come from strangers: what a terminal obeys must not reach it, and what
// is a line must stay one.

extension String {
  /// The text with every control character but tab and line feed, and every character that turns
  /// the direction of writing, as `\u001B`, which JSON reads back.
  ///
  /// - Parameter inOneLine: true writes tabs, line feeds and separators of lines so, too.
  package func withEscapedControls(inOneLine: Bool = false) -> String {
    guard unicodeScalars.contains(where: { $0.isControl(inOneLine) }) else { return self }
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      guard scalar.isControl(inOneLine) else {
        result.append(scalar)
        continue
      }
      let digits = String(scalar.value, radix: 16, uppercase: true)
      let padded = String(repeating: "0", count: 4 - digits.count) + digits
      result.append(contentsOf: "\\u\(padded)".unicodeScalars)
    }
    return String(result)
  }

  /// A name as a line for people shows it: whatever it holds, the line stays one.
  package var shown: String { withEscapedControls(inOneLine: true) }
}

extension Unicode.Scalar {
  /// C0 without tab and line feed, DEL, C1, and the overrides of direction.
  fileprivate func isControl(_ inOneLine: Bool) -> Bool {
    switch value {
    case 0x09, 0x0A, 0x2028, 0x2029: inOneLine
    case 0..<0x20, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
