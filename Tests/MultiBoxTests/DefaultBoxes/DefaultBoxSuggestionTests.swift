import MultiBox
import TestSupport
import Testing

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
