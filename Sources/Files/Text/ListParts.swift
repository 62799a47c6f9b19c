extension String {
  /// The parts of a list that a user writes in one argument.
  ///
  ///     #"cat,light\, red"#.parts(between: ",")  // ["cat", "light, red"]
  ///
  /// - Parameters:
  ///   - sign: stands between parts, of which some may be empty; behind a backslash it belongs to
  ///     the part.
  ///   - limit: the largest number of parts, 1 or more: the last one keeps the signs in it.
  package func parts(between sign: Character, atMost limit: Int = .max) -> [String] {
    var parts: [String] = []
    var part = ""
    for character in self {
      if character != sign {
        part.append(character)
      } else if part.last == #"\"# {
        part.removeLast()
        part.append(sign)
      } else if parts.count + 1 < limit {
        parts.append(part)
        part = ""
      } else {
        part.append(sign)
      }
    }
    return parts + [part]
  }
}
