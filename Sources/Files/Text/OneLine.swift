extension String {
  /// The text with a space in the place of each of its line ends.
  ///
  /// For errors, which are one line: what they quote of a file may have several.
  package var inOneLine: String {
    guard contains(where: \.isNewline) else { return self }
    return split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
