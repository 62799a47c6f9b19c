import MultiBox

/// A confusion matrix as a page shows it: rows are what is there, columns what it was taken for.
///
/// The last row is where nothing is, the last column what was missed. Of many classes only those
/// with the most confusions are shown; what they have to do with the others is added up in a column
/// of its own, so that a row is whole.
public struct ConfusionTable: Hashable, Sendable, Codable {
  /// Names of the classes that are shown, in their order.
  public let classNames: [String]
  /// The number of classes that are not shown.
  public let leftOutCount: Int
  /// For each shown class and then for nothing: how often it was taken for each shown class, for
  /// any of those left out where there are some, and for nothing.
  public let counts: [[Int]]

  /// The number of classes that a screen has room for.
  public static let usualClassLimit = 20

  /// Chooses the classes and counts.
  ///
  /// - Parameters:
  ///   - confusion: of all classes.
  ///   - names: of the classes.
  ///   - classLimit: where there are more classes, so many are shown: those that are most often
  ///     taken for another or another for them, of equal ones those more often missed or seen
  ///     where nothing is, then the first.
  /// - Precondition: a name for each class.
  public init(
    _ confusion: ConfusionMatrix, _ names: ClassNames, classLimit: Int = Self.usualClassLimit
  ) {
    precondition(names.count == confusion.classCount, "a name for each class")
    var shown = Array(names.indices)
    if shown.count > classLimit {
      let confusions = names.indices.map { index in
        let others = names.indices.reduce(0) { sum, other in
          other == index
            ? sum
            : sum + confusion[object: index, detection: other]
              + confusion[object: other, detection: index]
        }
        let background =
          confusion[object: index, detection: 0] + confusion[object: 0, detection: index]
        return (others, background, -index)
      }
      shown.sort { confusions[$0 - 1] > confusions[$1 - 1] }
      shown = shown.prefix(classLimit).sorted()
    }
    let leftOut = Set(names.indices).subtracting(shown)
    classNames = shown.map { names[$0] }
    leftOutCount = leftOut.count
    counts = (shown + [0]).map { object in
      let others = leftOut.reduce(0) { $0 + confusion[object: object, detection: $1] }
      return shown.map { confusion[object: object, detection: $0] }
        + (leftOut.isEmpty ? [] : [others]) + [confusion[object: object, detection: 0]]
    }
  }

  /// A sentence on what is not shown; nil where all is.
  var leftOutWords: String? {
    guard leftOutCount > 0 else { return nil }
    return "Shown are the \(classNames.count) classes with the most confusions; \(leftOutCount)"
      + " other\(leftOutCount == 1 ? " is" : "s are") left out."
  }

  /// A `table` of HTML, and a line about what is left out. Cells are shaded by their share of the
  /// row, rightly found objects and mistakes in two colours.
  func html() -> String {
    // In italics, because classes may have these names.
    let others = leftOutCount == 0 ? [] : ["<i>others</i>"]
    let classes = classNames.map(\.escapedForHTML)
    let head = (classes + others + ["<i>missed</i>"]).map { "<th scope=\"col\">\($0)</th>" }
    let body = zip(classes + ["<i>nothing there</i>"], counts).enumerated().map { row, line in
      let (name, counts) = line
      let total = counts.reduce(0) { $0 + Double(max($1, 0)) }
      let cells = counts.enumerated().map { column, count in
        // Nothing that was taken for nothing cannot be counted.
        if row == classNames.count, column == counts.count - 1 { return "<td>–</td>" }
        guard count > 0 else { return "<td>0</td>" }
        let share = TextTable.figure(Double(count) / total)
        return "<td class=\"\(row == column ? "right" : "wrong")\" style=\"--share: \(share)\">"
          + "\(count) <small>\(Self.percent(count, of: total))</small></td>"
      }
      return "<tr><th scope=\"row\">\(name)</th>\(cells.joined())</tr>"
    }
    return "<table class=\"confusion\"><caption>What is there, and what it was taken for</caption>"
      + "<tr><td></td>\(head.joined())</tr>\(body.joined())</table>"
      + (leftOutWords.map { "<p class=\"soft\">\($0)</p>" } ?? "")
  }

  /// Whole percent; what is not none or all is not shown as such.
  private static func percent(_ count: Int, of total: Double) -> String {
    let rounded = Int((Double(count) / total * 100).rounded())
    if Double(count) < total, rounded == 100 { return "&gt;99%" }
    return rounded == 0 ? "&lt;1%" : "\(rounded)%"
  }
}
