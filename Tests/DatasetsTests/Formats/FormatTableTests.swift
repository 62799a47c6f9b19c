import Datasets
import Foundation
import TestSupport
import Testing

/// The page "Bring your labels" says what the code does.
struct FormatTableTests {
  private static func text(_ file: String) throws -> String {
    try String(contentsOfFile: "\(ThisPackage.root)/\(file)", encoding: .utf8)
  }

  /// The rows of the table whose first heading is `heading`, without code voice.
  private static func table(_ heading: String, in text: String) throws -> [[String]] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0.hasPrefix("| \(heading) |") })
    return lines[start...].dropFirst(2).prefix { $0.hasPrefix("|") }.map { line in
      line.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces).replacing("`", with: "")
      }
    }
  }

  private static let page = "docs/bring-your-labels.md"

  /// What a format can lose, in the words and the order of the table.
  private static let losses: [(content: LabelContent, word: String)] = [
    (.difficult, "difficult"), (.crowds, "crowds"), (.areas, "areas"), (.splits, "splits"),
    (.classList, "class list"), (.emptyImages, "empty images"),
  ]

  private static func row(_ format: DatasetFormat) -> [String] {
    let isWritten = DatasetFormat.written.contains(format)
    let lost =
      losses.filter { !format.type.canHold.contains($0.content) }.map(\.word)
      + (format.type.holdsObjectsOnce ? ["repeats"] : [])
    return [
      format.name, format.type.title, format.type.hallmark, isWritten ? "yes" : "no",
      !isWritten ? "–" : lost.isEmpty ? "nothing" : lost.joined(separator: ", "),
    ]
  }

  @Test func theTableOfFormatsIsWhatTheCodeSays() throws {
    let rows = try Self.table("name", in: Self.text(Self.page))
    #expect(rows.map { $0[0] }.sorted() == DatasetFormat.all.map(\.name).sorted())
    for format in DatasetFormat.all {
      #expect(rows.first { $0[0] == format.name } == Self.row(format))
    }
  }

  @Test func theModulesPageNamesAllFormats() throws {
    let rows = try Self.table(
      "``DatasetFormat``", in: Self.text("Sources/Datasets/Datasets.docc/Datasets.md"))
    #expect(rows.map { $0[0] }.sorted() == DatasetFormat.all.map(\.name).sorted())
  }

  @Test func everyLineOfTheReportIsExplained() throws {
    let rows = try Self.table("line", in: Self.text(Self.page))
    let expected =
      DatasetChange.allCases.map { [$0.text, "a line"] }
      + DatasetProblem.Kind.allCases.map { [$0.text, $0.isLoss ? "an error" : "a line"] }
    let found = rows.map { [$0[0], $0[2]] }
    #expect(found.sorted { $0[0] < $1[0] } == expected.sorted { $0[0] < $1[0] })
  }

  @Test func theReasonsToLookAgainAreNamed() throws {
    let text = try Self.text(Self.page).split(whereSeparator: \.isWhitespace)
      .joined(separator: " ")
    for suspicion in Suspicion.allCases { #expect(text.contains(suspicion.text)) }
  }
}
