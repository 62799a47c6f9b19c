import Foundation
import MultiBox
import TestSupport
import Testing

/// The article "The SSD loss, term by term": its names are public, its example is computed.
@Suite struct ArticleTests {
  private static let root = URL(fileURLWithPath: ThisPackage.root)
  private static let articles = ["docs/the-ssd-loss.md", "docs/the-ssd-loss.zh.md"]

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
  }

  /// What a Swift file of the heart declares, by name.
  private struct Declarations {
    /// Public types.
    let types: Set<Substring>
    /// Types that it declares or extends.
    let extended: Set<Substring>
    /// Public members, and cases.
    let members: Set<Substring>

    init(_ file: String) {
      func names(_ words: Regex<(Substring, Substring)>) -> Set<Substring> {
        Set(file.matches(of: words).flatMap { $0.1.split(separator: ".").suffix(1) })
      }
      types = names(/\bpublic (?:struct|enum|class|protocol) ([\w.]+)/)
      extended = types.union(names(/\bextension ([\w.]+)/))
      members = names(
        /\bpublic (?:(?:static|mutating) )*(?:var|let|func|enum|struct) ([\w.]+)/
      ).union(names(/\bcase (\w+)/))
    }
  }

  /// Of every Swift file of the heart.
  private static let declarations: [Declarations] = {
    let folder = root.appendingPathComponent("Sources/MultiBox")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
      .compactMap { try? String(contentsOf: $0, encoding: .utf8) }.map(Declarations.init)
  }()

  // `Type.Nested.member`: the type before the last must be public, and a file that declares or
  // extends it must declare the last as public or as a case.
  @Test(arguments: articles) func everyNameExists(article: String) throws {
    var count = 0
    for match in try text(article).matches(of: /`([A-Z][A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*)`/) {
      let parts = match.1.split(separator: ".")
      let type = parts[max(parts.count - 2, 0)]
      var isFound = Self.declarations.contains { $0.types.contains(type) }
      if parts.count > 1 {
        isFound =
          isFound
          && Self.declarations.contains {
            $0.extended.contains(type) && $0.members.contains(parts[parts.count - 1])
          }
      }
      #expect(isFound, "\(match.1)")
      count += 1
    }
    #expect(count >= 75)
    // What must stand in the table of symbols.
    let symbols = [
      "$x_{ij}^p$", "$l_i^m$", #"$\hat g_j^m$"#, "$c_i^p$", #"$\hat c_i^p$"#, "$d_i$", "$g_j$",
      "$b_i$", "Pos", "Neg", "Ign", "$P$", "$N$", #"$\alpha$"#, #"$\sigma$"#, "$C + 1$", "$s_i^p$",
      "$u_{ij}$", "$t_{ij}$", #"$\hat t_{ij}$"#, "$q_i$",
    ]
    for symbol in symbols {
      let row = try text(article).split(separator: "\n").first {
        $0.hasPrefix("| \(symbol) |")
      }
      #expect(row?.contains("`") == true, "\(symbol)")
    }
  }

  @Test(arguments: articles) func everyPartIsNamed(article: String) throws {
    let text = try text(article)
    var parts = LossParts.assigners.map { $0 as any LossPart.Type }
    parts += LossParts.confidenceTerms.map { $0 as any LossPart.Type }
    parts += LossParts.offsetLosses.map { $0 as any LossPart.Type }
    parts += LossParts.boxLosses.map { $0 as any LossPart.Type }
    for part in parts { #expect(text.contains("`\(part)`"), "\(part)") }
    // What a command in the article says must be the name of a part.
    let names = Set(parts.map { $0.partName })
    for match in text.matches(of: /--(?:matching|confidence-loss|box-loss) ([a-z0-9-]+)/) {
      #expect(names.contains(String(match.1)), "\(match.0)")
    }
  }

  // GitHub leaves a formula as it is unless a space or a line's start is before it; before math is
  // read, Markdown must find nothing in it.
  @Test(arguments: articles) func formulasAreRendered(article: String) throws {
    let text = try text(article).replacing(/`[^`\n]*`/, with: "`")
    let formulas = text.matches(of: /\$\$[^$]*\$\$|\$[^$\n]*\$/)
    #expect(formulas.count > 200)
    for formula in formulas {
      let before = text[..<formula.range.lowerBound].last ?? " "
      let after = text[formula.range.upperBound...].first ?? " "
      #expect(before.isWhitespace && !after.isLetter && !after.isNumber, "\(formula.0)")
      #expect(!formula.0.contains(/\}_|\\[^A-Za-z]|[|*<>]|\]\(/), "\(formula.0)")
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
      (#"\mathrm{IoU}(d_0, g)"#, explanation.items[0].overlap),
      (#"\mathrm{IoU}(d_4, g)"#, explanation.items[4].overlap),
      (#"\hat g_{cx}"#, regression.target.cx), (#"\hat g_{cy}"#, regression.target.cy),
      (#"\hat g_w"#, regression.target.width), (#"\hat g_h"#, regression.target.height),
      ("L_{loc}", result.localizationSum), ("L_{conf}", result.confidenceSum), ("L", result.loss),
      (#"-\log \hat c_0^2"#, explanation.items[0].confidence),
      (#"\partial L / \partial l_h"#, offsetGradient[3]),
      (#"\partial L / \partial c^2"#, logitGradient[2]),
      (#"\partial L / \partial c^0"#, logitGradient[9]),
    ]
    for (side, term) in zip(["{cx}", "{cy}", "w", "h"], regression.terms) {
      expected.append((#"\mathrm{smoothL1}(l_\#(side) - \hat g_\#(side))"#, term))
    }
    for index in 1..<6 {
      expected.append((#"-\log \hat c_\#(index)^0"#, explanation.items[index].confidence))
    }
    let lines = try text(article).split(separator: "\n")
    for (formula, value) in expected {
      let name = "$\(formula)$"
      // A name may go on: "∂L/∂l_h of default box 0".
      let row = try #require(
        lines.first { line in
          let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
          guard cells.count == 2, Double(cells[1].replacingOccurrences(of: "−", with: "-")) != nil
          else { return false }
          return cells[0] == name || cells[0].hasPrefix(name + " ")
            || cells[0].hasPrefix(name + "（")
        }, "\(name)")
      let cell = row.split(separator: "|")[1].trimmingCharacters(in: .whitespaces)
      let shown = try #require(Double(cell.replacingOccurrences(of: "−", with: "-")))
      #expect(abs(shown - value) < 1e-6, "\(name): \(value)")
    }
  }
}
