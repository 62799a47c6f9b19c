import Files
import Foundation

/// A small table, for the terminal and for pages.
public struct TextTable: Hashable, Sendable, Codable {
  /// The heading; it stands above the first column in the terminal.
  public var title: String
  /// The headings of the columns behind the first.
  public var columns: [String]
  /// Name and values of each row, as many as there are columns or fewer.
  public var rows: [[String]]

  /// Creates a table.
  public init(title: String, columns: [String], rows: [[String]]) {
    self.title = title
    self.columns = columns
    self.rows = rows
  }

  /// With all decimals: columns of figures have their points below each other.
  static func figure(_ value: Double) -> String { String(format: "%.3f", value) }

  /// Lines for a terminal: names to the left, values to the right of their columns.
  public func lines() -> [String] {
    let all = [[title] + columns] + rows.map { $0.map(\.shown) }
    let widths = (0...columns.count).map { column in
      all.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return all.map { row in
      row.enumerated().map { column, text in
        let space = String(repeating: " ", count: widths[column] - text.count)
        return column == 0 ? text + (row.count > 1 ? space : "") : "  " + space + text
      }.joined()
    }
  }

  /// A `table` of HTML.
  func html() -> String {
    let head = columns.map { "<th scope=\"col\">\($0.escapedForHTML)</th>" }.joined()
    let body = rows.map { row in
      "<tr><th scope=\"row\">\((row.first ?? "").escapedForHTML)</th>"
        + row.dropFirst().map { "<td>\($0.escapedForHTML)</td>" }.joined() + "</tr>"
    }.joined()
    return
      "<table><caption>\(title.escapedForHTML)</caption><tr><td></td>\(head)</tr>\(body)</table>"
  }
}
