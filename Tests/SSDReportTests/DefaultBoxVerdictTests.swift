import Datasets
import ImageFiles
import MultiBox
import Testing

@testable import SSDReport

struct DefaultBoxVerdictTests {
  /// One map of one shape each: 64 × 64 of 320 on a 20 × 20 map, and `last` on one cell.
  private func specification(_ side: Double, last: Double = 300) -> DefaultBoxSpecification {
    func map(_ cells: Int, _ side: Double) -> DefaultBoxSpecification.FeatureMap {
      DefaultBoxSpecification.FeatureMap(
        rows: cells, columns: cells,
        shapes: [DefaultBoxSpecification.Shape(width: side, height: side)])
    }
    return DefaultBoxSpecification(
      imageWidthInPixels: 320, imageHeightInPixels: 320,
      featureMaps: [map(20, side), map(1, last)])
  }

  /// Squares centred on cells of the first map, of the given sides and classes.
  private func dataset(_ objects: [(side: Double, classIndex: Int)]) -> DetectionDataset {
    let groundTruth = objects.map { side, classIndex in
      let (low, high) = (168 - side / 2, 168 + side / 2)
      return LabeledPixelBox(
        box: PixelBox(xMin: low, yMin: low, xMax: high, yMax: high), classIndex: classIndex)
    }
    return DetectionDataset(
      classNames: ["cell", "dust"],
      images: groundTruth.map {
        DatasetImage(
          name: "", source: .generated { RGBImage(width: 320, height: 320, fill: 0) }, width: 320,
          height: 320, groundTruth: [$0])
      })
  }

  private func report(
    _ given: DefaultBoxSpecification, _ suggestion: DefaultBoxSpecification,
    _ objects: [(side: Double, classIndex: Int)]
  ) -> DefaultBoxReport {
    let data = dataset(objects)
    func fit(_ specification: DefaultBoxSpecification) -> DefaultBoxReport.Fit {
      DefaultBoxReport.Fit(
        specification,
        AssignmentStatistics(
          groundTruth: data.images.map(\.normalizedGroundTruth),
          defaultBoxes: DefaultBoxes(specification)), data)
    }
    return DefaultBoxReport(
      name: "mine", split: "train", given: fit(given), suggestion: fit(suggestion))
  }

  // 64 × 64 and 48 × 48 reach .5 with 64 × 64 (1, .56), 20 × 20 does not (.1).
  @Test func badBoxesAreToldWhomTheyServeWorst() {
    let report = report(
      specification(64), specification(24), [(64, 1), (20, 2), (20, 2), (48, 1)])
    #expect(
      report.verdict == [
        "The default boxes of mine fit these objects badly: 2 of 4 (50.0 %) reach IoU 0.5 with one"
          + " of them.",
        "Served worst: dust (0 of 2), small objects (0 of 2).",
        "Map 1 × 1 is the best for no object.",
        "The suggestion does no better, 2 of 4 (50.0 %): what is left needs a larger input, tiles or"
          + " a finer first map.",
      ])
    #expect(report.given.objectsByFeatureMap == [4, 0])
    #expect(report.text().hasPrefix(report.verdict[0] + "\n"))
  }

  // No box is near 2 × 2. A centre of the coarser map is 8 pixels away in both directions: IoU .62.
  @Test func fewerBoxesAreNoAdviceWhereNoneFits() {
    let verdict = report(specification(64), fewer(), [(2, 1), (2, 2)]).verdict
    #expect(
      verdict.last
        == "The suggestion does no better, 0 of 2 (0.0 %): what is left needs a larger input, tiles"
        + " or a finer first map.")
    let served = report(specification(64), fewer(), [(64, 1), (64, 1)]).verdict
    #expect(
      served.last
        == "The suggestion does about as well, 2 of 2 (100.0 %), with 101 default boxes instead of"
        + " 401: write it with --output FILE and train with --default-boxes FILE if speed counts.")
  }

  /// The same shapes on 10 × 10 cells in place of 20 × 20.
  private func fewer() -> DefaultBoxSpecification {
    var fewer = specification(64)
    fewer.featureMaps[0].rows = 10
    fewer.featureMaps[0].columns = 10
    return fewer
  }

  @Test func aBetterSuggestionIsRecommended() {
    let objects = [(side: 20.0, classIndex: 2), (side: 24, classIndex: 2)]
    let verdict = report(specification(64), specification(22), objects).verdict
    #expect(
      verdict.last
        == "The suggestion brings 2 more objects to that, 2 of 2 (100.0 %), with as many default"
        + " boxes: write it with --output FILE and train with --default-boxes FILE.")
    #expect(report(specification(22), specification(22), objects).verdict[0].contains("very well"))
    #expect(
      report(specification(22), specification(22), objects).verdict.last
        == "The suggestion, 2 of 2 (100.0 %), is not worth a change: keep mine.")
  }

  @Test func withoutObjectsNothingIsClaimed() {
    #expect(
      report(specification(64), specification(64), []).verdict
        == ["There are no objects, so nothing can be said about how mine fits."])
  }

  @Test func aShareIsWholeOnlyWhereNothingIsMissing() {
    #expect(DefaultBoxReport.percent(9999, of: 10000) == "> 99.9 %")
    #expect(DefaultBoxReport.percent(10000, of: 10000) == "100.0 %")
    #expect(DefaultBoxReport.percent(1, of: 10000) == "< 0.1 %")
    #expect(DefaultBoxReport.percent(0, of: 10000) == "0.0 %")
    #expect(DefaultBoxReport.percent(3589, of: 3941) == "91.1 %")
  }
}
