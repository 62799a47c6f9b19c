extension Int {
  /// The number, and words that agree with it.
  ///
  ///     1.counted("box|boxes clipped to its|their image")  // "1 box clipped to its image"
  ///
  /// - Parameter words: where they differ, the word for one and the word for more with a bar
  ///   between them; a comma or colon behind belongs to both.
  package func counted(_ words: String) -> String { "\(self) \(words.agreeing(with: self))" }
}

extension String {
  /// Words that agree with a number.
  ///
  /// - Parameter count: 1 takes the first of `one|more`, any other number the second.
  package func agreeing(with count: Int) -> String {
    split(separator: " ", omittingEmptySubsequences: false).map { word in
      guard let bar = word.firstIndex(of: "|") else { return String(word) }
      let more = word[word.index(after: bar)...]
      guard count == 1 else { return String(more) }
      return String(word[..<bar]) + more.drop { !",:".contains($0) }
    }.joined(separator: " ")
  }
}
