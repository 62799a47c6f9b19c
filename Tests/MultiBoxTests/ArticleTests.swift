import Foundation
import MultiBox
import Testing

/// The article "The SSD loss, term by term": its names exist, its example is computed.
@Suite struct ArticleTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .appendingPathComponent("../../..").standardizedFileURL
  private static let articles = ["docs/the-ssd-loss.md", "docs/the-ssd-loss.zh.md"]

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
  }

  /// Every Swift file of the heart.
  private func sources() throws -> [String] {
    let folder = Self.root.appendingPathComponent("Sources/MultiBox")
    let files = try #require(
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
      .map { try String(contentsOf: $0, encoding: .utf8) }
  }

  // `Type.Nested.member`: a file must declare or extend the type before the last, and the last.
  @Test(arguments: articles) func everyNameExists(article: String) throws {
    let sources = try sources()
    func declares(_ file: String, _ kinds: String, _ name: Substring) -> Bool {
      (try? Regex("\\b(?:\(kinds)) (?:\\w+\\.)*\(name)\\b").firstMatch(in: file)) != nil
    }
    var count = 0
    for match in try text(article).matches(of: /`([A-Z][A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*)`/) {
      let parts = match.1.split(separator: ".")
      let isFound = sources.contains { file in
        guard parts.count > 1 else {
          return declares(file, "struct|enum|class|protocol", parts[0])
        }
        return declares(file, "struct|enum|class|extension|protocol", parts[parts.count - 2])
          && declares(file, "var|let|func|case|enum|struct", parts[parts.count - 1])
      }
      #expect(isFound, "\(match.1)")
      count += 1
    }
    #expect(count >= 40)
    // What must stand in the table of symbols.
    let symbols = [
      "x_ij^p", "l_i^m", "ĝ_j^m", "c_i^p", "ĉ_i^p", "d_i", "g_j", "b_i", "Pos", "Neg", "N", "α",
      "P + 1",
    ]
    for symbol in symbols {
      let row = try text(article).split(separator: "\n").first {
        $0.hasPrefix("| \(symbol) |")
      }
      #expect(row?.contains("`") == true, "\(symbol)")
    }
  }

  @Test(arguments: articles) func theExampleIsComputed(article: String) throws {
    let boxes = [
      CenterBox(cx: 0.25, cy: 0.25, width: 0.5, height: 0.5),
      CenterBox(cx: 0.75, cy: 0.25, width: 0.5, height: 0.5),
      CenterBox(cx: 0.25, cy: 0.75, width: 0.5, height: 0.5),
      CenterBox(cx: 0.75, cy: 0.75, width: 0.5, height: 0.5),
      CenterBox(cx: 0.5, cy: 0.5, width: 0.6, height: 0.6),
      CenterBox(cx: 0.5, cy: 0.5, width: 1, height: 1),
    ]
    let logits: [Double] = [0, 0, 1, 2, 0, 0, 1, 1, 0, 3, 0, 0, 0, 1, 1, 1, 0, 0]
    var offsets = [Double](repeating: 0, count: 24)
    offsets.replaceSubrange(0..<4, with: [0.5, 2.2, -1, 1.5])
    let object = LabeledBox(box: Box(xMin: 0.1, yMin: 0.1, xMax: 0.5, yMax: 0.6), classIndex: 2)
    let defaultBoxes = try DefaultBoxes(boxes)
    var logitGradient = logits
    var offsetGradient = offsets
    let result = try MultiBoxLoss().evaluate(
      logits: logits, offsets: offsets, imageCount: 1, defaultBoxes: defaultBoxes,
      groundTruth: [[object]], logitGradient: &logitGradient, offsetGradient: &offsetGradient)
    let explanation = try MultiBoxLoss().explanation(
      logits: logits.map(Float.init), offsets: offsets.map(Float.init), defaultBoxes: defaultBoxes,
      groundTruth: [object])
    #expect(explanation.hardestNegatives.map(\.index) == [4, 2, 5])
    let regression = try #require(explanation.items[0].regression)
    var expected: [(name: String, value: Double)] = [
      ("IoU(d_0, g)", explanation.items[0].overlap), ("IoU(d_4, g)", explanation.items[4].overlap),
      ("ĝ_cx", regression.target.cx), ("ĝ_cy", regression.target.cy),
      ("ĝ_w", regression.target.width), ("ĝ_h", regression.target.height),
      ("L_loc", result.localizationSum), ("L_conf", result.confidenceSum), ("L", result.loss),
      ("−log ĉ_0^2", explanation.items[0].confidence), ("∂L/∂l_h", offsetGradient[3]),
      ("∂L/∂c^2", logitGradient[2]), ("∂L/∂c^0", logitGradient[9]),
    ]
    for (side, term) in zip(["cx", "cy", "w", "h"], regression.terms) {
      expected.append(("smoothL1(l_\(side) − ĝ_\(side))", term))
    }
    for index in 1..<6 {
      expected.append(("−log ĉ_\(index)^0", explanation.items[index].confidence))
    }
    let lines = try text(article).split(separator: "\n")
    for (name, value) in expected {
      // A name may go on: "∂L/∂l_h of default box 0".
      let row = try #require(
        lines.first { line in
          let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
          guard cells.count == 2, Double(cells[1].replacingOccurrences(of: "−", with: "-")) != nil
          else { return false }
          return cells[0] == name || cells[0].hasPrefix(name + " ")
            || cells[0].hasPrefix(name + "(")
        }, "\(name)")
      let cell = row.split(separator: "|")[1].trimmingCharacters(in: .whitespaces)
      let shown = try #require(Double(cell.replacingOccurrences(of: "−", with: "-")))
      #expect(abs(shown - value) < 1e-6, "\(name): \(value)")
    }
  }
}
