import Foundation
import MultiBox
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
      let boxes = (0..<numbers.integer(0...40)).map { _ in numbers.box(grid: grid) }
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

struct DetectionDecoderTests {
  /// The order of torchvision's `postprocess_detections`, plainly.
  private func reference(
    _ logits: [Double], _ offsets: [Double], _ boxes: DefaultBoxes, k: Int,
    _ configuration: DetectionDecoder.Configuration
  ) -> [Detection] {
    var all: [Detection] = []
    for classIndex in 1..<k {
      var found: [(Double, Int, Box)] = []
      for box in 0..<boxes.count {
        let row = Array(logits[box * k..<(box + 1) * k])
        let sum = row.reduce(0) { $0 + exp($1) }
        let score = exp(row[classIndex]) / sum
        guard score > configuration.scoreThreshold else { continue }
        let decoded = configuration.boxCoder.decoded(
          BoxOffsets(
            cx: offsets[box * 4], cy: offsets[box * 4 + 1], width: offsets[box * 4 + 2],
            height: offsets[box * 4 + 3]), relativeTo: boxes.centers[box])
        found.append((score, box, Box(decoded).clipped()))
      }
      found.sort { ($1.0, $0.1) < ($0.0, $1.1) }
      found = Array(found.prefix(configuration.candidatesPerClass))
      var kept: [(Double, Int, Box)] = []
      for candidate in found
      where !kept.contains(where: {
        $0.2.intersectionOverUnion(candidate.2) > configuration.suppression.iouThreshold
      }) {
        kept.append(candidate)
      }
      all += kept.map { Detection(box: $0.2, classIndex: classIndex, score: $0.0) }
    }
    return Array(all.sorted { $0.score > $1.score }.prefix(configuration.maximumDetections))
  }

  @Test(arguments: 1...40) func decodingFollowsItsOrder(seed: Int) throws {
    var numbers = SeededNumbers(UInt64(seed))
    let k = numbers.integer(2...6)
    let boxes = try DefaultBoxes(
      (0..<numbers.integer(1...80)).map { _ in CenterBox(numbers.box()) })
    let logits = (0..<boxes.count * k).map { _ in numbers.number(-5...5) }
    let offsets = (0..<boxes.count * 4).map { _ in numbers.number(-4...4) }
    let configuration = DetectionDecoder.Configuration(
      candidatesPerClass: numbers.integer(5...60), maximumDetections: numbers.integer(3...40),
      boxCoder: BoxCoder(
        maximumSizeOffset: seed % 2 == 0 ? BoxCoder.torchvisionMaximumSizeOffset : nil))
    let result = try DetectionDecoder(configuration).decode(
      logits: logits, offsets: offsets, defaultBoxes: boxes)
    let expected = reference(logits, offsets, boxes, k: k, configuration)
    #expect(result.detections.count == expected.count)
    for (found, expected) in zip(result.detections, expected) {
      #expect(found.classIndex == expected.classIndex)
      #expect(found.box == expected.box)
      #expect(abs(found.score - expected.score) < 1e-12)
    }
  }

  @Test func whatIsNotFiniteIsDroppedAndCounted() throws {
    let box = CenterBox(cx: 0.5, cy: 0.5, width: 0.2, height: 0.2)
    let boxes = try DefaultBoxes([box, box, box])
    // Box 0 is sound, box 1 has a NaN among its logits, box 2 an infinite width.
    let result = try DetectionDecoder().decode(
      logits: [0, 5, 0, 0, .nan, 1, 0, 0, 9] as [Float],
      offsets: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .infinity, 0], defaultBoxes: boxes)
    #expect(result.nonFiniteScores == 2)
    #expect(result.nonFiniteBoxes == 1)
    #expect(result.detections.map(\.classIndex) == [1])
  }

  // By hand: of two equal logits each has the score ½; at 100 beside 98, 1 / (1 + e⁻²).
  @Test(
    arguments: [(2e7, 2e7, 0.5), (1e4, 1e4, 0.5), (98, 100, 0.880_797_078)]
      as [(Float, Float, Double)])
  func aScoreIsExactAtLogitsOfAnySize(background: Float, object: Float, score: Double) throws {
    let box = CenterBox(cx: 0.5, cy: 0.5, width: 0.2, height: 0.2)
    let result = try DetectionDecoder().decode(
      logits: [background, object], offsets: [0, 0, 0, 0], defaultBoxes: DefaultBoxes([box]))
    let found = try #require(result.detections.first)
    #expect(abs(found.score - score) < 1e-7)
  }

  @Test func anInfiniteScoreIsDroppedToo() throws {
    let box = CenterBox(cx: 0.5, cy: 0.5, width: 0.2, height: 0.2)
    let result = try DetectionDecoder(.init(scoreFunction: .identity)).decode(
      logits: [0, .infinity, 0.5, -.infinity] as [Float], offsets: [Float](repeating: 0, count: 4),
      defaultBoxes: DefaultBoxes([box]))
    #expect(result.nonFiniteScores == 2)
    #expect(result.detections.map(\.classIndex) == [2])
  }

  // By hand: an offset x moves the centre of a box of side ¼ by .1 · ¼ · x, from ½: 50 to 1.75,
  // beside the image, 20 to 1, half out of it, and 25 to 1.125, where its left side is the image's
  // border.
  @Test func aBoxWithoutAreaInTheImageIsDropped() throws {
    let box = CenterBox(cx: 0.5, cy: 0.5, width: 0.25, height: 0.25)
    let offsets: [Float] = [50, 0, 0, 0, 20, 0, 0, 0, 25, 0, 0, 0, 0, 0, 0, 0]
    let boxes = try DefaultBoxes([box, box, box, box])
    let logits: [Float] = [0, 4, 0, 3, 0, 2, 0, 1]
    let result = try DetectionDecoder().decode(
      logits: logits, offsets: offsets, defaultBoxes: boxes)
    #expect(result.detections.count == 2)
    #expect(result.detections.allSatisfy { $0.box.hasArea })
    #expect(result.boxesWithoutArea == 2)
    // It takes no place among those that are kept.
    let best = try DetectionDecoder(.init(maximumDetections: 1)).decode(
      logits: logits, offsets: offsets, defaultBoxes: boxes)
    #expect(best.detections == [result.detections[0]])
    #expect(best.boxesWithoutArea == 1)
    let ready = DetectionDecoder().decode([
      Detection(box: Box(xMin: 1.2, yMin: 0, xMax: 1.4, yMax: 0.5), classIndex: 1, score: 0.9),
      Detection(box: Box(xMin: 0.2, yMin: 0, xMax: 0.4, yMax: 0.5), classIndex: 1, score: 0.8),
    ])
    #expect(ready.detections.map(\.score) == [0.8])
    #expect(ready.boxesWithoutArea == 1)
  }

  // By hand: of two equal logits each has the score ½; as a ready score .7 is below .7 in Double.
  @Test(arguments: [Float(0.5), 0.7]) func aScoreEqualToTheThresholdIsKept(score: Float) throws {
    let box = CenterBox(cx: 0.5, cy: 0.5, width: 0.2, height: 0.2)
    let threshold = score == 0.5 ? 0.5 : 0.7
    let softmax = DetectionDecoder.Configuration(scoreThreshold: threshold)
    var identity = softmax
    identity.scoreFunction = .identity
    let boxes = try DefaultBoxes([box])
    for score in [score, score.nextDown] {
      let result = try DetectionDecoder(identity).decode(
        logits: [0, score], offsets: [0, 0, 0, 0], defaultBoxes: boxes)
      let ready = DetectionDecoder(identity).decode([
        Detection(box: Box(box), classIndex: 1, score: Double(score))
      ])
      let expected = score == Float(threshold) ? [Double(score)] : []
      #expect(result.detections.map(\.score) == expected)
      #expect(ready.detections.map(\.score) == expected)
    }
    if score == 0.5 {
      let result = try DetectionDecoder(softmax).decode(
        logits: [3, 3] as [Float], offsets: [0, 0, 0, 0], defaultBoxes: boxes)
      #expect(result.detections.count == 1)
    }
  }

  // The compiler is the test: there is no other error to catch.
  @Test func onlyBadInputIsThrown() {
    do throws(InputError) {
      let boxes = try DefaultBoxes([CenterBox(cx: 0.5, cy: 0.5, width: 0.2, height: 0.2)])
      try DefaultBoxPreset.ssd300VOC.specification().validate()
      _ = try DetectionDecoder().decode(
        logits: [0, 1] as [Float], offsets: [0, 0, 0], defaultBoxes: boxes)
      Issue.record("three offsets for one box")
    } catch {
      #expect(
        error
          == .countMismatch(
            argument: "offsets", expected: "4 (1 images × 1 default boxes × 4)", found: 3))
    }
  }

  @Test func nothingComesFromNothing() throws {
    let result = try DetectionDecoder().decode(
      logits: [Float](), offsets: [Float](), defaultBoxes: DefaultBoxes([]))
    #expect(result.detections.isEmpty)
  }
}
