import Detectors
import Files
import Foundation
import ImageFiles
import MultiBox
import NetworkInput
import Testing

private struct ScoringDetector: ObjectDetector {
  let classNames: ClassNames = ["a", "b", "c"]
  var bestThresholds: BestThresholds?
  var scoreThreshold = 0.0

  func detections(in images: [RGBImage]) throws -> [[PixelDetection]] { images.map { _ in [] } }
}

struct BestThresholdsTests {
  @Test func eachClassIsShownFromItsBestThreshold() {
    var detector = ScoringDetector()
    #expect(detector.shownScores == [0.5, 0.5, 0.5])
    detector.bestThresholds = BestThresholds(split: "val", scores: [0.42, nil, 0.1])
    #expect(detector.shownScores == [0.42, 0.5, 0.1])
    detector.scoreThreshold = 0.45
    #expect(detector.shownScores == [0.45, 0.5, 0.45])
    let tiled = TiledDetector(detector, tiling: Tiling(side: 64))
    #expect(tiled.bestThresholds == detector.bestThresholds)
  }

  // By hand: both objects are found at .80056, one of them at .9; nothing is found of b.
  @Test func curvesGiveThresholdsRoundedDown() {
    func box(_ x: Double) -> PixelBox { PixelBox(xMin: x, yMin: 0, xMax: x + 10, yMax: 10) }
    let image = EvaluationImage(
      objects: [0, 20].map {
        EvaluationObject(LabeledPixelBox(box: box($0), classIndex: 1))
      },
      detections: [(0, 0.9), (20, 0.80056), (40, 0.7)].map {
        EvaluationDetection(PixelDetection(box: box($0.0), classIndex: 1, score: $0.1))
      })
    let curves = ScoreCurve.curves(of: MatchedImages([image]), classCount: 2)
    #expect(BestThresholds(split: "val", curves: curves).scores == [0.8, nil])
  }

  private func described(_ best: BestThresholds?) throws -> DetectorDescription {
    let description = DetectorDescription(
      name: "x", classNames: ["a", "b"],
      input: InputSpecification(
        width: 8, height: 8,
        normalization: ImageNormalization(mean: [0, 0, 0], standardDeviation: [1, 1, 1])),
      outputs: .rows(DetectorDescription.Rows(DetectorDescription.Output("rows"))),
      thresholds: DetectorDescription.Thresholds(best: best))
    let json = try description.json()
    let read = try DetectorDescription(json: Data(json.utf8), path: "d.json")
    #expect(read == description)
    return read
  }

  @Test func aDescriptionKeepsThem() throws {
    let best = BestThresholds(split: "val", scores: [0.42, nil])
    #expect(try described(best).thresholds.best == best)
    let without = try described(nil)
    #expect(without.thresholds.best == nil)
    #expect(try !without.json().contains("best"))
  }

  @Test(
    arguments: [
      ([0.5], "thresholds.best.scores: expected 2, as classNames, found 1"),
      ([0.5, 1.5], "thresholds.best.scores[1]: expected 0…1, found 1.5"),
      ([-0.5, nil], "thresholds.best.scores[0]: expected 0…1, found -0.5"),
    ] as [([Double?], String)])
  func whatMakesNoSenseIsNamed(scores: [Double?], message: String) throws {
    let error = #expect(throws: FileError.self) {
      try described(BestThresholds(split: "val", scores: scores))
    }
    #expect(error?.reason.hasPrefix(message) == true, "\(error?.reason ?? "")")
  }
}
