import Testing

@testable import Commands

struct ProgressLineTests {
  private func line(_ figures: [String]) -> ProgressLine {
    ProgressLine(fraction: 0.5, count: "50/100", figures: figures, remaining: "3:05 left")
  }
  static let all = "loss 1.250 epoch 3/6 loc 0.500, conf 0.750"
  private let figures = ["loss 1.250", "epoch 3/6", "loc 0.500, conf 0.750", "41.2 images/s"]

  // Counted by hand; the columns are those of the line itself, and one more or less changes it.
  @Test(
    arguments: [
      (.max, "██████████░░░░░░░░░░ 50/100 \(ProgressLineTests.all) 41.2 images/s 3:05 left"),
      (94, "██████████░░░░░░░░░░ 50/100 \(ProgressLineTests.all) 41.2 images/s 3:05 left"),
      (93, "█████░░░░░ 50/100 \(ProgressLineTests.all) 41.2 images/s 3:05 left"),
      (83, "██████████░░░░░░░░░░ 50/100 \(ProgressLineTests.all) 3:05 left"),
      (79, "█████░░░░░ 50/100 \(ProgressLineTests.all) 3:05 left"),
      (50, "█████░░░░░ 50/100 loss 1.250 epoch 3/6 3:05 left"),
      (39, "█████░░░░░ 50/100 loss 1.250 3:05 left"),
      (27, "█████░░░░░ 50/100 3:05 left"), (26, "50/100 3:05 left"), (16, "50/100 3:05 left"),
      (15, "50/100"), (6, "50/100"), (4, "50/1"), (0, ""),
    ] as [(Int, String)])
  func whatDoesNotFitIsLeftOutFromTheLeastImportantOn(columns: Int, expected: String) {
    #expect(line(figures).fitted(to: columns) == expected)
  }

  @Test func noLineIsWiderThanTheTerminal() {
    let lines = [line(figures), line([]), line(["物体検出 👩‍👩‍👧 ﬁ", String(repeating: "宽", count: 60)])]
    for columns in 0...120 {
      for line in lines {
        #expect(line.fitted(to: columns).terminalColumns <= columns, "\(columns)")
      }
    }
  }

  @Test(arguments: [
    ("", 0), ("abc", 3), ("ä", 1), ("a\u{308}", 1), ("猫", 2), ("ｶﾞ", 2), ("한글", 4), ("👍", 2),
    ("👩‍👩‍👧", 6), ("❤️", 2), ("\u{1112}\u{1161}\u{11AB}", 2), ("█░", 2), ("…", 1), ("é猫é", 4),
    ("\u{301}", 0),
  ]) func wideCharactersTakeTwoColumnsAndMarksNone(text: String, columns: Int) {
    #expect(text.terminalColumns == columns)
  }

  @Test func aShareBeyondItsEndsFillsTheBar() {
    for (fraction, expected) in [(-1.0, "░░░░░░░░░░ 1"), (2, "██████████ 1")] {
      let line = ProgressLine(fraction: fraction, count: "1", figures: [], remaining: "")
      #expect(line.fitted(to: 13).hasPrefix(expected))
    }
  }
}
