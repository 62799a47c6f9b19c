/// One line that says how far a work is: a bar, a count, figures and the time left.
struct ProgressLine {
  /// Of the work that is done, 0…1.
  var fraction: Double
  /// Steps done of all.
  var count: String
  /// The most important first.
  var figures: [String]
  /// Time left.
  var remaining: String

  /// Lengths of the bar, where there is room and where there is little.
  private static let barLengths = [20, 10]

  /// Returns the line in no more than a number of columns.
  ///
  /// What does not fit is left out, the least important first: figures from the last one on, each
  /// only after the bar was shortened for it; then the bar, the time left, and the end of the
  /// count.
  func fitted(to columns: Int) -> String {
    var candidates: [[String]] = []
    for kept in (0...figures.count).reversed() {
      candidates += Self.barLengths.map {
        [bar(length: $0), count] + figures.prefix(kept) + [remaining]
      }
    }
    candidates += [[count, remaining], [count]]
    let lines = candidates.lazy.map { $0.joined(separator: " ") }
    return lines.first { $0.terminalColumns <= columns } ?? count.prefix(terminalColumns: columns)
  }

  private func bar(length: Int) -> String {
    let filled = Int(min(max(fraction, 0), 1) * Double(length))
    return String(repeating: "█", count: filled)
      + String(repeating: "░", count: length - filled)
  }
}
