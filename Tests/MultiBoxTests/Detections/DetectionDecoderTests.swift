import Foundation
import MultiBox
import TestSupport
import Testing

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
    let boxes = try numbers.defaultBoxes(numbers.integer(1...80))
    let logits = numbers.doubles(boxes.count * k, -5...5)
    let offsets = numbers.doubles(boxes.count * 4, -4...4)
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

  // By hand: the first two boxes overlap by 9/11. Within a class both stay, as their best classes
  // differ; across classes the second goes, and a box has as many classes as asked for that reach
  // the threshold. The third's score is no number.
  @Test func acrossClassesABetterBoxOfAnotherClassSuppresses() throws {
    let boxes = [
      Box(xMin: 0, yMin: 0, xMax: 0.5, yMax: 1), Box(xMin: 0.05, yMin: 0, xMax: 0.55, yMax: 1),
      Box(xMin: 0.6, yMin: 0, xMax: 0.9, yMax: 1), Box(xMin: 0.8, yMin: 0, xMax: 1.2, yMax: 1),
    ]
    let scores: [Float] = [0, 0.9, 0.3, 0, 0.4, 0.8, 0, .nan, 0.05, 0, 0.5, 0.6]
    func found(_ classesPerBox: Int?) throws -> DetectionDecoder.Result {
      let decoder = DetectionDecoder(
        DetectionDecoder.Configuration(
          scoreThreshold: 0.2, classesPerBox: classesPerBox, scoreFunction: .identity))
      return try scores.withUnsafeBufferPointer { try decoder.decode(logits: $0, boxes: boxes) }
    }
    func summary(_ result: DetectionDecoder.Result) -> [[Float]] {
      result.detections.map { [Float($0.classIndex), Float($0.score), Float($0.box.xMin)] }
    }
    #expect(
      try summary(found(nil)) == [[1, 0.9, 0], [2, 0.8, 0.05], [2, 0.6, 0.8], [1, 0.5, 0.8]])
    #expect(try summary(found(1)) == [[1, 0.9, 0], [2, 0.6, 0.8]])
    let two = try found(2)
    #expect(summary(two) == [[1, 0.9, 0], [2, 0.6, 0.8], [1, 0.5, 0.8], [2, 0.3, 0]])
    #expect(two.nonFiniteScores == 1)
    #expect(two.detections[1].box.xMax == 1)
  }

  // 1, which reaches any threshold, is not a score that is not finite.
  @Test func aScoreThatIsNotFiniteIsNoDetection() {
    let box = Box(xMin: 0, yMin: 0, xMax: 1, yMax: 1)
    let result = DetectionDecoder().decode(
      [1, Double.infinity, .nan].map { Detection(box: box, classIndex: 1, score: $0) })
    #expect(result.detections.map(\.score) == [1] && result.nonFiniteScores == 2)
  }
}
