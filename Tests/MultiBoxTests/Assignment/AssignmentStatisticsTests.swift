import MultiBox
import Testing

struct AssignmentStatisticsTests {
  // By hand. Boxes: quarters of the image. Object 0 is the first quarter (IoU 1); object 1 half of
  // the second (IoU .5); object 2 a sixteenth in the third (IoU .25); a crowd is left out.
  @Test func objectsAreCountedByHand() throws {
    let boxes = try DefaultBoxes([
      CenterBox(cx: 0.25, cy: 0.25, width: 0.5, height: 0.5),
      CenterBox(cx: 0.75, cy: 0.25, width: 0.5, height: 0.5),
      CenterBox(cx: 0.25, cy: 0.75, width: 0.5, height: 0.5),
    ])
    func object(_ xMin: Double, _ yMin: Double, _ xMax: Double, _ yMax: Double) -> LabeledBox {
      LabeledBox(box: Box(xMin: xMin, yMin: yMin, xMax: xMax, yMax: yMax), classIndex: 1)
    }
    var crowd = object(0, 0, 1, 1)
    crowd.isCrowd = true
    let statistics = AssignmentStatistics(
      groundTruth: [
        [object(0, 0, 0.5, 0.5), object(0.5, 0, 0.75, 0.5), crowd], [],
        [object(0, 0.5, 0.25, 0.75)],
      ],
      defaultBoxes: boxes)
    #expect(statistics.objects.map(\.bestOverlap) == [1, 0.5, 0.25])
    #expect(statistics.objects.map(\.positives) == [1, 1, 1])
    #expect(statistics.objects.map(\.image) == [0, 0, 2])
    #expect(statistics.objects.allSatisfy { $0.featureMap == 0 })
    #expect(statistics.reachingCount() == 2)
    #expect(statistics.ownedOnlyCount == 3)
    #expect(statistics.positivesPerImage == 1)
    #expect(abs(statistics.meanBestOverlap - 1.75 / 3) < 1e-12)
  }

  @Test func nothingIsNothing() {
    let statistics = AssignmentStatistics(
      groundTruth: [], defaultBoxes: DefaultBoxes(DefaultBoxPreset.ssdlite320.specification()))
    #expect(statistics.objects.isEmpty && statistics.positivesPerImage == 0)
    #expect(statistics.meanBestOverlap == 0)
  }
}
