import MultiBox
import Testing

@testable import SSDReport

struct DetectionDiagnosisTests {
  private func image(_ detections: [(x: Double, classIndex: Int, score: Double)]) -> EvaluationImage
  {
    func box(_ x: Double) -> PixelBox { PixelBox(xMin: x, yMin: 0, xMax: x + 10, yMax: 10) }
    return EvaluationImage(
      objects: [1, 2].map {
        EvaluationObject(LabeledPixelBox(box: box(Double($0) * 100), classIndex: $0))
      },
      detections: detections.map {
        EvaluationDetection(
          PixelDetection(box: box($0.x), classIndex: $0.classIndex, score: $0.score))
      })
  }

  // By hand: both are found; from .5 on the first class is also seen where the second is, once, and
  // its best threshold is above that.
  @Test func tablesByHand() {
    let diagnosis = DetectionDiagnosis(
      MatchedImages([image([(100, 1, 0.9), (200, 2, 0.8), (500, 1, 0.5)])]), classCount: 3)
    #expect(
      diagnosis.thresholds(["a", "bb", "c"]).lines() == [
        "best threshold  score  precision  recall     F1",
        "a               0.900      1.000   1.000  1.000",
        "bb              0.800      1.000   1.000  1.000",
        "c                   –",
      ])
    #expect(
      diagnosis.mistakes(["a", "bb", "c"]).map { $0.lines() } == [
        [
          "mistakes          count  AP50 that they cost",
          "badly placed          0                0.000",
          "of another class      0                0.000",
          "both of these         0                0.000",
          "found twice           0                0.000",
          "where nothing is      1                0.000",
          "missed                0                0.000",
        ]
      ])
  }

  @Test func confusionsAreNamed() throws {
    let diagnosis = DetectionDiagnosis(
      MatchedImages([
        image([(100, 1, 0.9), (200, 1, 0.8)]), image([(100, 1, 0.7), (200, 2, 0.6)]),
      ]), classCount: 2)
    let tables = diagnosis.mistakes(["<a>", "b"])
    #expect(tables.count == 2)
    #expect(tables.last?.rows == [["b for <a>", "1"]])
    let html = try #require(tables.last).html()
    #expect(html.contains("<th scope=\"row\">b for &lt;a&gt;</th><td>1</td>"))
  }
}
