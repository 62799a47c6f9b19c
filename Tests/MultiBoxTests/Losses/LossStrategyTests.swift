import Foundation
import MultiBox
import TestSupport
import Testing

struct LossStrategyTests {
  private struct PresetCase: Decodable {
    struct Image: Decodable {
      let boxes: [[Double]]
      let classes: [Int]
    }
    struct Answer: Decodable {
      let localization, confidence: Double
      let logitGradient, offsetGradient: [Double]
    }
    let boxes: [[Double]]
    let images: [Image]
    let logits, offsets: [Double]
    let torchvision, nvidia, superGradients: Answer

    func box(_ corners: [Double]) -> Box {
      Box(xMin: corners[0], yMin: corners[1], xMax: corners[2], yMax: corners[3])
    }
    func defaultBoxes() throws -> DefaultBoxes {
      try DefaultBoxes(boxes.map { CenterBox(box($0)) })
    }
    var groundTruth: [[LabeledBox]] {
      images.map { image in
        zip(image.boxes, image.classes).map { LabeledBox(box: box($0), classIndex: $1) }
      }
    }
  }

  // Scripts/goldens/losses.py, torch 2.15.0, torchvision 0.29.2, seed 20261125, float64: few
  // default boxes and many objects, so that best boxes are shared and images have too few
  // negatives.
  @Test(arguments: [LossPreset.torchvision, .nvidia]) func presetsAreTheNamedSystems(
    preset: LossPreset
  ) throws {
    let golden = try Golden<PresetCase>("presets")
    #expect(golden.cases.count == 13)
    var doubled = 0
    for (number, problem) in golden.cases.enumerated() {
      let answer = preset == .torchvision ? problem.torchvision : problem.nvidia
      var loss = preset.loss
      func evaluate(_ logits: inout [Double], _ offsets: inout [Double]) throws
        -> MultiBoxLoss.Result
      {
        try loss.evaluate(
          logits: problem.logits, offsets: problem.offsets, imageCount: problem.images.count,
          defaultBoxes: problem.defaultBoxes(), groundTruth: problem.groundTruth,
          logitGradient: &logits, offsetGradient: &offsets)
      }
      var logitGradient = problem.logits
      var offsetGradient = problem.offsets
      let result = try evaluate(&logitGradient, &offsetGradient)
      #expect(abs(result.localization - answer.localization) < 1e-9, "case \(number)")
      #expect(abs(result.confidence - answer.confidence) < 1e-9, "case \(number)")
      #expect(logitGradient.count == answer.logitGradient.count)
      #expect(offsetGradient.count == answer.offsetGradient.count)
      for (found, expected) in zip(logitGradient, answer.logitGradient) {
        #expect(abs(found - expected) < 1e-9, "case \(number)")
      }
      for (found, expected) in zip(offsetGradient, answer.offsetGradient) {
        #expect(abs(found - expected) < 1e-9, "case \(number)")
      }
      loss.confidence = .softmax(
        mining: HardNegativeMining(countsMinedPositivesTwice: preset == .nvidia))
      if abs(try evaluate(&logitGradient, &offsetGradient).confidence - result.confidence) > 1e-6 {
        doubled += 1
      }
    }
    // The flag mattered, or the goldens would not show it.
    #expect(doubled >= 3)
  }

  // super-gradients 3.7.1 carries NVIDIA's code of 2019, which counts mined positives twice.
  @Test func theOlderNVIDIACodeCountsTwice() throws {
    for (number, problem) in try Golden<PresetCase>("presets").cases.enumerated() {
      var loss = LossPreset.nvidia.loss
      loss.confidence = .softmax(mining: HardNegativeMining(countsMinedPositivesTwice: true))
      let result = try loss.evaluate(
        logits: problem.logits, offsets: problem.offsets, imageCount: problem.images.count,
        defaultBoxes: problem.defaultBoxes(), groundTruth: problem.groundTruth)
      #expect(abs(result.confidence - problem.superGradients.confidence) < 1e-9, "case \(number)")
    }
  }

  // NVIDIA's last code, run: 7.89338911546; the older one gives 8.63424538784.
  @Test func nvidiasWorkedCase() throws {
    let problem = try WorkedProblem()
    let first = zip([1, 2, 1, 2], problem.defaultBoxes.corners).map { classIndex, box in
      LabeledBox(
        box: Box(
          xMin: box.xMin + 0.002, yMin: box.yMin + 0.002, xMax: box.xMax + 0.002,
          yMax: box.yMax + 0.002), classIndex: classIndex)
    }
    let truth = [first, [WorkedProblem.labeled([24, 1, 36, 11], 1)]]
    func value(_ loss: MultiBoxLoss) throws -> Double {
      try loss.evaluate(
        logits: problem.logits, offsets: problem.offsets, imageCount: 2,
        defaultBoxes: problem.defaultBoxes, groundTruth: truth
      ).loss
    }
    var loss = LossPreset.nvidia.loss
    #expect(abs(try value(loss) - 7.89338911546) < 1e-9)
    loss.confidence = .softmax(mining: HardNegativeMining(countsMinedPositivesTwice: true))
    #expect(abs(try value(loss) - 8.63424538784) < 1e-9)
  }

  // By hand: both objects have default box 0 as their best, with IoU 1 and .9. Bipartite: the
  // second takes the next best, box 1; forced: the second takes box 0, the first has none.
  @Test func aSharedBestBoxGoesToOneOrToTheLater() throws {
    let boxes = try DefaultBoxes([
      CenterBox(Box(xMin: 0, yMin: 0, xMax: 0.5, yMax: 0.5)),
      CenterBox(Box(xMin: 0.3, yMin: 0.3, xMax: 0.8, yMax: 0.8)),
    ])
    let truth = [
      Box(xMin: 0, yMin: 0, xMax: 0.5, yMax: 0.5), Box(xMin: 0, yMin: 0, xMax: 0.5, yMax: 0.45),
    ]
    let bipartite = assigned(.bipartite(), truth, boxes)
    #expect(bipartite.objects == [0, 1])
    #expect(bipartite.ownedDefaultBoxes == [0, 1])
    let forced = assigned(.forced(), truth, boxes)
    #expect(forced.objects == [1, nil])
    #expect(forced.ownedDefaultBoxes == [nil, 0])
  }

  // By hand: IoU of the halves is exactly .5.
  @Test func anIoUOnTheThresholdMatchesOnlyWhereItIsIncluded() throws {
    let boxes = try DefaultBoxes([
      CenterBox(Box(xMin: 0, yMin: 0, xMax: 0.5, yMax: 0.5)),
      CenterBox(Box(xMin: 0, yMin: 0, xMax: 1, yMax: 0.25)),
    ])
    let truth = [Box(xMin: 0, yMin: 0, xMax: 0.5, yMax: 0.25)]
    for (includes, expected) in [(true, [0, 0]), (false, [0, nil])] as [(Bool, [Int?])] {
      #expect(
        assigned(.bipartite(includesThreshold: includes), truth, boxes).objects == expected)
      #expect(
        assigned(.forced(includesThreshold: includes), truth, boxes).objects == expected)
    }
  }

  @Test func anObjectThatTouchesNothingIsForcedOntoTheFirstBox() throws {
    let boxes = try DefaultBoxes([CenterBox(Box(xMin: 0, yMin: 0, xMax: 0.2, yMax: 0.2))])
    let truth = [Box(xMin: 0.5, yMin: 0.5, xMax: 0.9, yMax: 0.9)]
    #expect(
      assigned(.forced(), truth, boxes).objects == [0])
    #expect(
      assigned(.bipartite(), truth, boxes).objects
        == [nil])
    let none = assigned(.forced(), truth, try DefaultBoxes([]))
    #expect(none.ownedDefaultBoxes == [nil])
  }

  // Ten lines instead of the grid of candidates, on boxes whose IoUs tie often.
  @Test func forcedMatchingIsItsDefinition() throws {
    var numbers = SeededNumbers(9)
    for _ in 0..<300 {
      let boxes = try numbers.defaultBoxes(numbers.integer(1...20), grid: 4)
      let truth = numbers.boxes(numbers.integer(0...6), grid: 4)
      var expected = boxes.corners.map { box -> Int? in
        let overlaps = truth.map { box.intersectionOverUnion($0) }
        guard let best = overlaps.max(), best >= 0.5 else { return nil }
        return overlaps.firstIndex(of: best)
      }
      for (index, object) in truth.enumerated() {
        let overlaps = boxes.corners.map { $0.intersectionOverUnion(object) }
        expected[overlaps.firstIndex(of: overlaps.max() ?? 0) ?? 0] = index
      }
      #expect(
        assigned(.forced(), truth, boxes).objects == expected)
    }
  }

  // Below the IoU threshold the bound keeps what half overlaps an object out of the background; at
  // .5 it changes nothing.
  @Test func theNegativeOverlapBoundsMining() throws {
    let boxes = DefaultBoxes(DefaultBoxPreset.ssdlite320.specification())
    let truth = [
      LabeledBox(box: Box(xMin: 0.2, yMin: 0.25, xMax: 0.6, yMax: 0.7), classIndex: 1)
    ]
    var numbers = SeededNumbers(4)
    let logits = numbers.doubles(boxes.count * 2, -2...2)
    let offsets = [Double](repeating: 0, count: boxes.count * 4)
    func evaluate(_ overlap: Double) throws -> (MultiBoxLoss.Result, Set<Int>) {
      var gradient = logits
      var ignored = offsets
      let result = try MultiBoxLoss(
        assigner: .bipartite(negativeOverlap: overlap),
        confidence: .softmax(mining: HardNegativeMining(negativesPerPositive: 1e9))
      ).evaluate(
        logits: logits, offsets: offsets, imageCount: 1, defaultBoxes: boxes,
        groundTruth: [truth], logitGradient: &gradient, offsetGradient: &ignored)
      return (result, Set((0..<boxes.count).filter { gradient[2 * $0] != 0 }))
    }
    let (all, _) = try evaluate(1)
    let (half, _) = try evaluate(0.5)
    let (bounded, used) = try evaluate(0.3)
    #expect(all == half)
    #expect(all.negatives == boxes.count - all.positives)
    let near = boxes.corners.indices.filter {
      (0.3..<0.5).contains(boxes.corners[$0].intersectionOverUnion(truth[0].box))
    }
    #expect(near.count > 20)
    #expect(bounded.negatives == all.negatives - near.count)
    #expect(used.isDisjoint(with: near))
  }

  // Central differences of the whole loss, for each box and confidence loss and normalization.
  @Test(arguments: AllParts.localizations) func wholeGradientsAreDerivatives(
    localization: String
  ) throws {
    for confidence in AllParts.confidences {
      for normalization in LossNormalization.allCases {
        try check(
          MultiBoxLoss(
            confidence: AllParts.confidence(confidence),
            localization: AllParts.localization(localization), alpha: 1.3,
            normalization: normalization))
      }
    }
  }

  private func check(_ loss: MultiBoxLoss) throws {
    var numbers = SeededNumbers(21)
    let (images, count, k) = (2, 12, 4)
    let boxes = try numbers.defaultBoxes(count)
    let truth = (0..<images).map { _ in
      (0..<3).map { _ in LabeledBox(box: numbers.box(), classIndex: numbers.integer(1...k - 1)) }
    }
    let logits = numbers.doubles(images * count * k, -3...3)
    let offsets = numbers.doubles(images * count * 4, -2...2)
    func value(_ logits: [Double], _ offsets: [Double]) throws -> Double {
      try loss.evaluate(
        logits: logits, offsets: offsets, imageCount: images, defaultBoxes: boxes,
        groundTruth: truth
      ).loss
    }
    var logitGradient = logits
    var offsetGradient = offsets
    _ = try loss.evaluate(
      logits: logits, offsets: offsets, imageCount: images, defaultBoxes: boxes,
      groundTruth: truth, logitGradient: &logitGradient, offsetGradient: &offsetGradient)
    let ofLogits = try GradientCheck(logitGradient, at: logits) { try value($0, offsets) }
    #expect(ofLogits.isRight, "logits: \(ofLogits.largestError)")
    // CIoU's α is a constant in the gradient, not in the value; BoxLossTests checks it.
    // So is the quality of terms that learn one, which is the IoU of the predicted box.
    guard loss.localization.name != "ciou", !loss.confidence.usesQuality else { return }
    let ofOffsets = try GradientCheck(offsetGradient, at: offsets) { try value(logits, $0) }
    #expect(ofOffsets.isRight, "offsets: \(ofOffsets.largestError)")
  }

  // By hand: two images of P 1 and 2 are each divided by their own; the batch by 3.
  @Test func imagesCountAlikeWhenNormalizedOneByOne() throws {
    let problem = try WorkedProblem()
    func parts(_ normalization: LossNormalization, _ truth: [[LabeledBox]]) throws
      -> MultiBoxLoss.Result
    {
      try MultiBoxLoss(normalization: normalization).evaluate(
        logits: problem.logits, offsets: problem.offsets, imageCount: 2,
        defaultBoxes: problem.defaultBoxes, groundTruth: truth)
    }
    let both = try parts(.batch, [problem.first, problem.second])
    let first = try parts(.batch, [problem.first, []])
    let each = try parts(.perImage, [problem.first, problem.second])
    let second = both.localizationSum - first.localizationSum
    #expect(abs(each.localization - (first.localizationSum / 2 + second) / 2) < 1e-12)
    let empty = try parts(.perImage, [problem.first, []])
    #expect(abs(empty.loss - first.loss / 2) < 1e-12)
    #expect(try parts(.perImage, [[], []]).loss == 0)
  }
}
