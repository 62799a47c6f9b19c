// Widths are counted here, because the C library's `wcwidth` knows no character beyond ASCII unless
// a locale was set, and then depends on it.

extension String {
  /// The most columns that the text takes on a terminal: one that does not know how emoji are
  /// joined shows each of them.
  var terminalColumns: Int { unicodeScalars.reduce(0) { $0 + $1.terminalColumns } }

  /// Returns the longest beginning that takes no more than a number of columns.
  func prefix(terminalColumns columns: Int) -> String {
    var taken = 0
    return String(
      prefix { character in
        taken += String(character).terminalColumns
        return taken <= columns
      })
  }
}

extension Unicode.Scalar {
  /// 2 for wide characters of East Asia and emoji, 0 for marks on another, else 1.
  fileprivate var terminalColumns: Int {
    // What makes an emoji of a letter makes it wide.
    if value == 0xFE0F { return 1 }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    // East_Asian_Width W and F of Unicode's EastAsianWidth.txt, by blocks.
    switch value {
    // Vowels and endings of a Korean syllable stand in the square of its first letter.
    case 0x1160...0x11FF: return 0
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA4CF,
      0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F,
      0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
      return 2
    default: return properties.isEmojiPresentation ? 2 : 1
    }
  }
}
