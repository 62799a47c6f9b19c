import Foundation
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

  /// Soft suppression as it is defined: every kept box lowers all others at once.
  private func softReference(
    _ boxes: [Box], _ scores: [Double], sigma: Double, threshold: Double
  ) -> (indices: [Int], scores: [Double]) {
    var left = scores
    var rest = Array(boxes.indices)
    var kept: (indices: [Int], scores: [Double]) = ([], [])
    while let best = rest.max(by: { (left[$0], $1) < (left[$1], $0) }) {
      kept.indices.append(best)
      kept.scores.append(left[best])
      rest.removeAll { $0 == best }
      for index in rest {
        let overlap = boxes[best].intersectionOverUnion(boxes[index])
        left[index] *= Double.exponential(-overlap * overlap / sigma)
      }
      rest.removeAll { left[$0] < threshold }
    }
    return kept
  }

  @Test(arguments: [nil, 6]) func softSuppressionOnRandomProblems(grid: Int?) {
    var numbers = SeededNumbers(UInt64(grid ?? 3))
    for _ in 0..<1000 {
      let boxes = numbers.boxes(numbers.integer(0...40), grid: grid)
      let scores = boxes.map { _ in Double(numbers.integer(2...20)) / 20 }
      let sigma = numbers.number(0.1...1)
      let suppression = NonMaximumSuppression(gaussianSigma: sigma)
      let reference = softReference(boxes, scores, sigma: sigma, threshold: 0.1)
      let kept = suppression.kept(boxes: boxes, scores: scores, scoreThreshold: 0.1)
      #expect(kept.map(\.index) == reference.indices)
      #expect(kept.map(\.score) == reference.scores)
      let limited = suppression.kept(boxes: boxes, scores: scores, limit: 3, scoreThreshold: 0.1)
      #expect(limited == Array(kept.prefix(3)))
    }
  }

  // By hand: IoU ½ with the first leaves exp(−¼ / ½) of .8, below .5.
  @Test func softSuppressionByHand() {
    let boxes = [
      Box(xMin: 0, yMin: 0, xMax: 1, yMax: 1), Box(xMin: 0, yMin: 0, xMax: 1, yMax: 0.5),
      Box(xMin: 2, yMin: 2, xMax: 3, yMax: 3),
    ]
    let kept = NonMaximumSuppression(gaussianSigma: 0.5).kept(
      boxes: boxes, scores: [0.9, 0.8, 0.5])
    #expect(kept.map(\.index) == [0, 2, 1])
    #expect(abs(kept[2].score - 0.8 * 0.6065306597126334) < 1e-15)
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

  @Test func whatAFileLeavesOutIsSSDs() throws {
    let decoded = try JSONDecoder().decode(NonMaximumSuppression.self, from: Data("{}".utf8))
    #expect(decoded == NonMaximumSuppression())
    let soft = NonMaximumSuppression(iouThreshold: 0.6, gaussianSigma: 0.5)
    let again = try JSONDecoder().decode(
      NonMaximumSuppression.self, from: JSONEncoder().encode(soft))
    #expect(again == soft)
  }

  @Test(arguments: [
    (#"{"sigma": 0.5}"#, "sigma", "no such key; known are gaussianSigma, iouThreshold"),
    (#"{"iouThreshold": 1.5}"#, "iouThreshold", "0…1"),
    (#"{"gaussianSigma": 0}"#, "gaussianSigma", "above 0, or null, found"),
  ])
  func aWrongFileIsNamed(json: String, key: String, reason: String) throws {
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(NonMaximumSuppression.self, from: Data(json.utf8))
    }
    guard case .dataCorrupted(let context)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(context.codingPath.last?.stringValue == key)
    #expect(context.debugDescription.contains(reason), "\(context.debugDescription)")
  }
}
