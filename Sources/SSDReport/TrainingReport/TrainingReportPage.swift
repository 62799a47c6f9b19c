import Files
import Foundation

/// The page on which a training shows itself: figures, curves and pictures in one HTML file.
public struct TrainingReportPage: Sendable {
  /// A picture with a line below it.
  public struct Picture: Sendable {
    /// The line below it.
    public var caption: String
    /// The bytes of a JPEG file.
    public var data: Data

    /// Creates a picture of a JPEG file's bytes.
    public init(caption: String, data: Data) {
      self.caption = caption
      self.data = data
    }
  }

  /// Charts, tables or pictures under one heading; a chart without a line is left out, and a
  /// section with nothing to show.
  public struct Section: Sendable {
    /// The heading.
    public var title: String
    /// The text below the heading.
    public var explanation: String
    /// What is missing of the section, sentence by sentence.
    public var warnings: [String]
    /// The charts.
    public var charts: [LineChart]
    /// The tables, below the charts.
    public var tables: [TextTable]
    /// The pictures, below charts and tables.
    public var pictures: [Picture]
    /// The confusion of classes, across the page below all else.
    public var confusion: ConfusionTable?

    /// Creates a section.
    public init(
      title: String, explanation: String = "", warnings: [String] = [],
      charts: [LineChart] = [], tables: [TextTable] = [], pictures: [Picture] = [],
      confusion: ConfusionTable? = nil
    ) {
      self.title = title
      self.explanation = explanation
      self.warnings = warnings
      self.charts = charts
      self.tables = tables
      self.pictures = pictures
      self.confusion = confusion
    }
  }

  /// The page's title.
  public var title: String
  /// The state of the training, in a line.
  public var status: String
  /// Seconds after which the page loads itself again; nil for a training that has ended.
  public var refreshSeconds: Int?
  /// The time at which the page was written; a page that loads itself again says how long ago that
  /// is, because a training that was killed cannot say that it has ended.
  public var written: Date
  /// Names and values at the top of the page.
  public var facts: [(name: String, value: String)]
  /// The sections, from top to bottom.
  public var sections: [Section]

  /// Creates a page.
  public init(
    title: String, status: String, refreshSeconds: Int?, written: Date = Date(),
    facts: [(name: String, value: String)], sections: [Section]
  ) {
    self.title = title
    self.status = status
    self.refreshSeconds = refreshSeconds
    self.written = written
    self.facts = facts
    self.sections = sections
  }

  /// The words that the status of a page begins with.
  static func place(_ epoch: Int, of epochs: Int) -> String { "Epoch \(epoch) of \(epochs)" }

  /// Reads from a page which epoch its status names; nil where there is no such page.
  static func epoch(ofFile path: String) -> Int? {
    guard PageFile.Kind.training.isAt(path), let page = try? InputFile.contents(path),
      let status = String(decoding: page, as: UTF8.self)
        .firstMatch(of: #/>Epoch (\d+) of \d+/#)
    else { return nil }
    return Int(status.1)
  }

  /// Writes the page atomically.
  ///
  /// - Parameter path: of the HTML file.
  /// - Throws: `FileError` where it cannot be written.
  public func write(to path: String) throws {
    try AtomicFile.write(Data(html().utf8), to: path)
  }

  /// Returns the whole page.
  public func html() -> String {
    let refresh =
      refreshSeconds.map { "<meta http-equiv=\"refresh\" content=\"\($0)\">" } ?? ""
    let time = written.formatted(.iso8601)
    let age =
      refreshSeconds == nil
      ? "" : "<p class=\"soft\">Written <time datetime=\"\(time)\">at \(time)</time>.</p>"
    let facts = facts.map {
      "<div><dt>\($0.name.escapedForHTML)</dt><dd>\($0.value.escapedForHTML)</dd></div>"
    }
    // Placeholders are replaced last to first, so that no text that was put in is searched again.
    return String(decoding: PackageResources.report_html, as: UTF8.self)
      .replacingOccurrences(of: "@SECTIONS@", with: sections.map(\.html).joined())
      .replacingOccurrences(of: "@FACTS@", with: facts.joined())
      .replacingOccurrences(of: "@AGE@", with: age)
      .replacingOccurrences(of: "@STATUS@", with: status.escapedForHTML)
      .replacingOccurrences(of: "@TITLE@", with: title.escapedForHTML)
      .replacingOccurrences(of: "@REFRESH@", with: refresh)
  }
}

extension TrainingReportPage.Section {
  fileprivate var html: String {
    let charts = charts.filter(\.hasLine)
    guard
      !charts.isEmpty || !tables.isEmpty || !pictures.isEmpty || confusion != nil
        || !warnings.isEmpty
    else { return "" }
    let text =
      (explanation.isEmpty ? "" : "<p class=\"soft\">\(explanation.escapedForHTML)</p>")
      + warnings.map { "<p role=\"alert\">\($0.escapedForHTML)</p>" }.joined()
    let drawn = charts.map { "<div class=\"card\">\($0.svg())</div>" }
    let written = tables.map { "<div class=\"card\">\($0.html())</div>" }
    let shown = pictures.map {
      let source = "data:image/jpeg;base64,\($0.data.base64EncodedString())"
      let caption = $0.caption.escapedForHTML
      return "<figure class=\"card\"><img src=\"\(source)\" alt=\"\(caption)\">"
        + "<figcaption>\(caption)</figcaption></figure>"
    }
    // Who has no mouse scrolls what has the focus.
    let wide = confusion.map {
      "<div class=\"card wide\" tabindex=\"0\" role=\"region\" aria-label=\"Confusion\">"
        + "\($0.html())</div>"
    }
    return "<section><h2>\(title.escapedForHTML)</h2>\(text)<div class=\"tiles\">"
      + (drawn + written + shown).joined() + "</div>\(wide ?? "")</section>"
  }
}
