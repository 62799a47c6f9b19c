import MultiBox
import TestSupport
import Testing

struct NonMaximumSuppressionTests {
  private func reference(_ boxes: [Box], _ scores: [Double], _ threshold: Double) -> [Int] {
    var rest = boxes.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }
    var kept: [Int] = []
    while let best = rest.first {
      kept.append(best)
      rest.removeAll { $0 == best || boxes[$0].intersectionOverUnion(boxes[best]) > threshold }
    }
    return kept
  }

  @Test(arguments: [nil, 6]) func greedySuppressionOnRandomProblems(grid: Int?) {
    var numbers = SeededNumbers(UInt64(grid ?? 3))
    for _ in 0..<1000 {
      let boxes = numbers.boxes(numbers.integer(0...40), grid: grid)
      let scores = boxes.map { _ in Double(numbers.integer(0...20)) / 20 }
      let threshold = numbers.number(0.1...0.9)
      let kept = NonMaximumSuppression(iouThreshold: threshold).keptIndices(
        boxes: boxes, scores: scores)
      #expect(kept == reference(boxes, scores, threshold))
      let limited = NonMaximumSuppression(iouThreshold: threshold).keptIndices(
        boxes: boxes, scores: scores, limit: 3)
      #expect(limited == Array(kept.prefix(3)))
    }
  }

  // By hand: the IoU of [0,0,1,1] with [0,0,1,½] is exactly ½.
  @Test func equalityIsKept() {
    let boxes = [
      Box(xMin: 0, yMin: 0, xMax: 1, yMax: 1), Box(xMin: 0, yMin: 0, xMax: 1, yMax: 0.5),
    ]
    let kept = NonMaximumSuppression(iouThreshold: 0.5).keptIndices(
      boxes: boxes, scores: [0.9, 0.8])
    #expect(kept == [0, 1])
    let fewer = NonMaximumSuppression(iouThreshold: 0.5.nextDown).keptIndices(
      boxes: boxes, scores: [0.9, 0.8])
    #expect(fewer == [0])
  }
}
