import Foundation
import MultiBox
import SSDReport
import TestSupport
import Testing

/// The page of a training in Chromium.
struct ReportPageTests {
  /// A page with the confusion of 22 classes, of each of which one object is found.
  private func withPage(_ body: (_ path: String) throws -> Void) throws {
    let names = ClassNames((1...22).map { "a class with a long name \($0)" })
    func box(_ x: Int) -> PixelBox {
      PixelBox(xMin: Double(x) * 20, yMin: 0, xMax: Double(x) * 20 + 10, yMax: 10)
    }
    let image = EvaluationImage(
      objects: names.indices.map {
        EvaluationObject(LabeledPixelBox(box: box($0), classIndex: $0))
      },
      // Of two classes each is taken for the other, the others are right.
      detections: names.indices.map {
        EvaluationDetection(
          PixelDetection(box: box($0), classIndex: $0 < 3 ? 3 - $0 : $0, score: 0.9))
      })
    let confusion = ConfusionMatrix(
      MatchedImages([image]), classCount: names.count,
      minimumScores: [Double](repeating: 0, count: names.count))
    try withFolder { folder in
      let page = folder + "/report.html"
      try TrainingReportPage(
        title: "cells", status: "", refreshSeconds: nil, facts: [],
        sections: [
          TrainingReportPage.Section(
            title: "Confusion", confusion: ConfusionTable(confusion, names))
        ]
      ).write(to: page)
      try body(page)
    }
  }

  @Test(arguments: [(400, false), (400, true), (1280, true)])
  func thePageOfATrainingScrollsItsConfusionByKeys(width: Int, isDark: Bool) throws {
    try withPage { page in
      let browser = try Browser(width: width, height: 900, isDark: isDark)
      defer { browser.close() }
      try browser.open(page)
      let overflow = try browser.run(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth")
      #expect(overflow as? Int == 0)
      let isWider = try browser.run(
        "const card = document.querySelector('.wide'); return card.scrollWidth > card.clientWidth")
      #expect(isWider as? Bool == true)
      let size = try browser.run(
        """
        const rows = [...document.querySelectorAll(".confusion tr")];
        return [rows.length, rows[0].children.length];
        """)
      #expect(size as? [Int] == [22, 23])

      try browser.press("\u{E004}")
      let focused = try browser.run("return document.activeElement.className")
      #expect(focused as? String == "card wide")
      try browser.press("\u{E014}")
      // The browser scrolls in its own time.
      var left = 0.0
      for _ in 0..<100 where left == 0 {
        Thread.sleep(forTimeInterval: 0.05)
        left = try browser.run("return document.querySelector('.wide').scrollLeft") as? Double ?? 0
      }
      #expect(left > 0)
    }
  }

  @Test(arguments: [false, true])
  func thePageOfATrainingHasInkThatIsReadOnItsShades(isDark: Bool) throws {
    try withPage { page in
      let browser = try Browser(isDark: isDark)
      defer { browser.close() }
      try browser.open(page)
      // WCAG's contrast of text and ground, of a cell with all of its row: rightly found, confused.
      let contrasts = try browser.run(
        """
        const context = document.createElement("canvas").getContext("2d");
        const luminance = color => {
          context.fillStyle = color;
          context.fillRect(0, 0, 1, 1);
          const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map(x => {
            const share = x / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        return [".right", ".wrong"].map(name => {
          const style = getComputedStyle(document.querySelector(name));
          const pair = [luminance(style.color), luminance(style.backgroundColor)];
          return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
        });
        """)
      let values = try #require(contrasts as? [Double])
      #expect(values.count == 2)
      #expect(values.allSatisfy { $0 >= 4.5 }, "\(values)")
      // They are shaded, and not alike.
      let grounds = try browser.run(
        """
        return [".right", ".wrong", ".confusion tr:nth-child(2) td:nth-child(2)"].map(
          name => getComputedStyle(document.querySelector(name)).backgroundColor);
        """)
      #expect(Set(try #require(grounds as? [String])).count == 3)
    }
  }
}
