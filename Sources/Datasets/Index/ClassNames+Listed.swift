import MultiBox

extension ClassNames {
  /// The names for a message: of many the first ones, for a problem of each of a million objects
  /// holds such a text.
  package var listed: String {
    guard !isEmpty else { return "0 classes" }
    let shown = 12
    return prefix(shown).joined(separator: ", ") + (count > shown ? ", … (\(count) classes)" : "")
  }
}
