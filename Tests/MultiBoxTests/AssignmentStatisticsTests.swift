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

struct DefaultBoxSuggestionTests {
  private typealias Shape = DefaultBoxSpecification.Shape

  // Three tight heaps of shapes: the clusters are their means.
  @Test func heapsAreFound() {
    var numbers = SeededNumbers(3)
    var boxes: [Shape] = []
    let centers = [(10.0, 12.0), (60, 20), (50, 90)]
    for (width, height) in centers {
      for _ in 0..<50 {
        boxes.append(
          Shape(
            width: width * numbers.number(0.95...1.05), height: height * numbers.number(0.95...1.05)
          ))
      }
    }
    let clusters = BoxShapeClusters(boxes, count: 3, using: &numbers)
    #expect(clusters.shapes.count == 3)
    for (shape, center) in zip(clusters.shapes, centers) {
      #expect(abs(shape.width - center.0) < 0.02 * center.0)
      #expect(abs(shape.height - center.1) < 0.02 * center.1)
    }
    #expect(clusters.meanOverlap > 0.93)
  }

  // By hand: 10 × 20 in 20 × 10 share 10 × 10 of 300.
  @Test func overlapIsThatOfBoxesAroundOneCentre() {
    let overlap = BoxShapeClusters.overlap(
      Shape(width: 10, height: 20), Shape(width: 20, height: 10))
    #expect(abs(overlap - 100.0 / 300) < 1e-12)
  }

  @Test func fewerDifferentShapesGiveFewerClusters() {
    var numbers = SeededNumbers(3)
    let boxes = Array(repeating: Shape(width: 3, height: 4), count: 9)
    let clusters = BoxShapeClusters(boxes, count: 5, using: &numbers)
    #expect(clusters.shapes == [Shape(width: 3, height: 4)])
    #expect(clusters.meanOverlap == 1)
  }

  // Small and flat objects, which no box of SSD300 fits.
  @Test func aSuggestionFitsWhatThePresetDoesNot() {
    var numbers = SeededNumbers(8)
    let groundTruth = (0..<40).map { _ in
      (0..<4).map { _ in
        let (width, height) = (numbers.number(0.18...0.22), numbers.number(0.035...0.045))
        let (x, y) = (numbers.number(0...0.75), numbers.number(0...0.9))
        return LabeledBox(
          box: Box(xMin: x, yMin: y, xMax: x + width, yMax: y + height), classIndex: 1)
      }
    }
    let preset = DefaultBoxPreset.ssd300VOC.specification()
    let suggestion = preset.adapted(to: groundTruth, using: &numbers)
    func share(_ specification: DefaultBoxSpecification) -> Double {
      let statistics = AssignmentStatistics(
        groundTruth: groundTruth, defaultBoxes: DefaultBoxes(specification))
      return Double(statistics.reachingCount()) / Double(statistics.objects.count)
    }
    #expect(share(preset) < 0.5)
    #expect(share(suggestion) > 0.9)
    // The grids stay, so the network does.
    #expect(suggestion.featureMaps.map(\.rows) == preset.featureMaps.map(\.rows))
    #expect(suggestion.featureMaps.map(\.stepInPixels) == preset.featureMaps.map(\.stepInPixels))
    #expect(suggestion.featureMaps.allSatisfy { (1...6).contains($0.shapes.count) })
  }

  @Test func theSameSeedSuggestsTheSame() {
    var numbers = SeededNumbers(1)
    let groundTruth = [(0..<60).map { _ in LabeledBox(box: numbers.box(), classIndex: 1) }]
    var (first, second) = (SeededNumbers(5), SeededNumbers(5))
    let base = DefaultBoxSpecification.compact(side: 320)
    #expect(
      base.adapted(to: groundTruth, using: &first) == base.adapted(to: groundTruth, using: &second))
  }
}
