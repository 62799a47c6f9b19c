import Files
import Foundation
import ImageFiles
import TestSupport
import Testing

@testable import SSDReport

struct LineChartTests {
  @Test func pointsAreWhereTheyBelong() {
    let chart = LineChart(
      title: "a < b", xTitle: "epoch",
      series: [LineChart.Series(name: "x & y", points: [(0, 0), (10, 1)], marksPoints: true)],
      xRange: 0...10, yRange: 0...1)
    let svg = chart.svg()
    #expect(svg.contains("a &lt; b") && svg.contains("x &amp; y"))
    // By hand: the plane goes from 48 to 446 and from 216 up to 46.
    #expect(svg.contains("<polyline class=\"line s0\" points=\"48.0,216.0 446.0,46.0\"/>"))
    #expect(svg.components(separatedBy: "<circle").count == 3)
  }

  @Test func ticksAreRound() {
    #expect(LineChart.ticks(0...1) == [0, 0.2, 0.4, 0.6000000000000001, 0.8, 1])
    #expect(LineChart.ticks(0...60) == [0, 10, 20, 30, 40, 50, 60])
    #expect(LineChart.fitted([], fromZero: true) == 0...1)
    #expect(LineChart.fitted([3, 3], fromZero: false) == 3...4)
  }

  // By hand: a name takes 6.6 a letter and 16, so two of 25 letters fill a row of 460.
  @Test func namesThatDoNotFitGetAnotherRow() {
    let series = ["a", "b", "c"].map {
      LineChart.Series(name: String(repeating: $0, count: 25), points: [(0, 0), (10, 1)])
    }
    let svg = LineChart(
      title: "", xTitle: "", series: series, xRange: 0...10, yRange: 0...1
    ).svg()
    #expect(svg.contains("viewBox=\"0 0 460 264\""))
    #expect(svg.contains("<text x=\"4.0\" y=\"47.0\" class=\"legend s2\">ccc"))
    #expect(svg.contains("points=\"48.0,230.0 446.0,60.0\""))
  }

  @Test func whatIsNotFiniteIsLeftOut() {
    let series = LineChart.Series(name: "", points: [(0, .nan), (1, 2), (2, .infinity)])
    #expect(series.points.count == 1)
  }
}

struct TrainingReportPageTests {
  @Test func theWholePageIsOneFile() throws {
    let page = TrainingReportPage(
      title: "cells <3", status: "Epoch 1 of 2", refreshSeconds: 30,
      written: Date(timeIntervalSince1970: 1000),
      facts: [("AP", ".5"), ("class", "@STATUS@")],
      sections: [
        TrainingReportPage.Section(
          title: "Loss",
          charts: [
            LineChart(
              title: "L", xTitle: "epoch",
              series: [LineChart.Series(name: "", points: [(1, 2), (2, 1)])])
          ],
          pictures: [TrainingReportPage.Picture(caption: "an image", data: Data([1, 2, 3]))]),
        TrainingReportPage.Section(title: "Nothing yet"),
      ])
    let html = page.html()
    #expect(html.contains("<title>cells &lt;3</title>"))
    #expect(html.contains("http-equiv=\"refresh\" content=\"30\""))
    #expect(html.contains("data:image/jpeg;base64,AQID"))
    #expect(html.contains("<svg class=\"chart\""))
    #expect(!html.contains("Nothing yet"))
    // A training that was killed does not say so; its page says how old it is.
    #expect(html.contains("Written <time datetime=\"1970-01-01T00:16:40Z\">"))
    // No network access.
    #expect(!html.contains("http://") && !html.contains("https://"))
  }
}

extension TrainingReportPageTests {
  // One epoch is a point, and a class without objects has no curve.
  @Test func aChartWithoutALineIsLeftOut() {
    func chart(_ title: String, _ points: [(Double, Double)]) -> LineChart {
      LineChart(title: title, xTitle: "", series: [LineChart.Series(name: "", points: points)])
    }
    let html = TrainingReportPage(
      title: "", status: "", refreshSeconds: nil, facts: [],
      sections: [
        TrainingReportPage.Section(
          title: "Curves",
          charts: [
            chart("none", []), chart("one", [(1, 1)]), chart("two", [(1, 1), (2, 2)]),
          ]),
        TrainingReportPage.Section(title: "Points", charts: [chart("single", [(1, 1)])]),
      ]
    ).html()
    #expect(html.components(separatedBy: "<svg").count == 2)
    #expect(html.contains("aria-label=\"two\""))
    #expect(!html.contains("Points"))
    #expect(!html.contains("<time"))
  }
}

struct TensorBoardWriterTests {
  // RFC 3720, appendix B.4.
  @Test func checksumsAreTheStandards() {
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum((0..<32).map { UInt8($0) }) == 0x46DD_794E)
  }

  // TensorBoard's own reader: Scripts/check_tensorboard.py with tensorboard of
  // Scripts/test-requirements.txt.
  @Test func tensorBoardReadsTheFile() throws {
    let script = try PythonScript("check_tensorboard.py")
    try withFolder { folder in
      var writer: TensorBoardWriter? = try TensorBoardWriter(
        folder: folder, now: { Date(timeIntervalSince1970: 1000) })
      for step in 1...5 { try writer?.write([("loss/total", 1 / Double(step))], step: step) }
      for (step, grey) in [(2, 40), (5, 90)] as [(Int, UInt8)] {
        let image = RGBImage(width: 8, height: 4, fill: grey)
        try writer?.write(image, tag: "test/detections 1", step: step)
      }
      writer = nil
      // Resumed after step 3: what came later is forgotten.
      writer = try TensorBoardWriter(
        folder: folder, startingAt: 3, now: { Date(timeIntervalSince1970: 2000) })
      try writer?.write([("loss/total", 7)], step: 4)
      writer = nil

      struct Found: Decodable {
        let scalars: [String: [[Double]]]
        let images: [String: [[Int]]]
      }
      let found = try script.output([folder], as: Found.self)
      let loss = try #require(found.scalars["loss/total"])
      #expect(loss.map { $0[0] } == [1, 2, 3, 4])
      #expect(loss.map { Float($0[1]) } == [1, 0.5, Float(1.0 / 3), 7])
      // Step, width, height, darkest and lightest grey. Step 5 was forgotten with its picture.
      #expect(found.images == ["test/detections 1": [[2, 8, 4, 40, 40]]])
    }
  }
}
