import ArgumentParser

/// The name of a subcommand, checked before argument-parser sees the arguments: it calls an unknown
/// one an unexpected argument, or complains of the first option behind it, and suggests nothing.
enum SubcommandName {
  /// Changes of one letter that a misspelt name may be away; two are two letters swapped.
  private static let largestDistance = 2

  /// - Parameter arguments: of the process, without its name.
  /// - Throws: a usage error that suggests the nearest name, where the first argument, or what
  ///   `help` is asked about, is no subcommand.
  static func check(
    _ arguments: some Sequence<String>, of root: any ParsableCommand.Type
  ) throws {
    let known = root.configuration.subcommands.compactMap { $0.configuration.commandName }
    let words = arguments.drop { $0 == "help" }
    guard let name = words.first(where: { _ in true }), !name.hasPrefix("-"),
      !known.contains(name)
    else { return }
    throw ValidationError(
      "Unexpected argument '\(name)'"
        + (nearest(to: name, of: known).map { ". Did you mean '\($0)'?" } ?? ""))
  }

  static func nearest(to name: String, of known: [String]) -> String? {
    let distances = known.map { (name: $0, distance: $0.editDistance(to: name)) }
    let nearest = distances.min { $0.distance < $1.distance }
    return nearest.flatMap { $0.distance <= largestDistance ? $0.name : nil }
  }
}

extension String {
  /// Returns how many characters must be put in, taken out or exchanged to get another string:
  /// Levenshtein's distance.
  ///
  /// - Complexity: O(count · other.count).
  func editDistance(to other: String) -> Int {
    let other = Array(other)
    var row = Array(0...other.count)
    for (position, character) in enumerated() {
      var diagonal = position
      row[0] = position + 1
      for (column, otherCharacter) in other.enumerated() {
        let exchanged = diagonal + (character == otherCharacter ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = Swift.min(exchanged, row[column] + 1, row[column + 1] + 1)
      }
    }
    return row[other.count]
  }
}
