import Foundation
import TestSupport
import Testing

@testable import MultiBox

/// What stands between matching and loss.
struct AssignmentPhaseTests {
  private let boxes = DefaultBoxes(DefaultBoxPreset.ssdlite320.specification())

  private func batch(
    _ seed: UInt64, images: Int, logitCount: Int = 4
  ) -> (logits: [Float], offsets: [Float], truth: [[LabeledBox]]) {
    var numbers = SeededNumbers(seed)
    return (
      numbers.floats(images * boxes.count * logitCount, -4...4),
      numbers.floats(images * boxes.count * 4, -2...2),
      (0..<images).map { image in
        (0..<(image == 1 ? 0 : numbers.integer(1...6))).map { _ in
          LabeledBox(box: numbers.box(), classIndex: numbers.integer(1...logitCount - 1))
        }
      }
    )
  }

  // Two processes, or two accumulated batches, that share N: the gradients of the whole batch.
  @Test(arguments: AllParts.confidences) func halvesWithASharedNAreTheWhole(name: String) throws {
    let loss = MultiBoxLoss(
      confidence: try AllParts.confidence(name), localization: .boxes(.giou), alpha: 2)
    let (logits, offsets, truth) = batch(3, images: 6)
    let whole = try loss.valueAndGradients(
      logits: logits, offsets: offsets, imageCount: 6, defaultBoxes: boxes, groundTruth: truth)
    let halves = [0..<3, 3..<6].map { Array(truth[$0]) }
    let assignments = try halves.map {
      try loss.assignments(groundTruth: $0, defaultBoxes: boxes)
    }
    let n = assignments.joined().reduce(0) { $0 + $1.positiveCount }
    #expect(n == whole.result.positives && n > 0)
    var value = 0.0
    for (half, truth) in halves.enumerated() {
      let (l, o) = (logits.count / 2, offsets.count / 2)
      let part = try loss.valueAndGradients(
        logits: Array(logits[half * l..<(half + 1) * l]),
        offsets: Array(offsets[half * o..<(half + 1) * o]), imageCount: 3, defaultBoxes: boxes,
        groundTruth: truth, assignments: assignments[half], normalizer: Double(n))
      value += part.result.loss
      for (found, expected) in zip(part.logitGradient, whole.logitGradient[(half * l)...]) {
        #expect(abs(found - expected) <= 1e-6)
      }
      for (found, expected) in zip(part.offsetGradient, whole.offsetGradient[(half * o)...]) {
        #expect(abs(found - expected) <= 1e-6)
      }
    }
    #expect(abs(value - whole.result.loss) < 1e-6 * whole.result.loss)
  }

  // Each image by its own positives: what is shared is the number of images.
  @Test func halvesNormalizedImageByImageShareTheirNumber() throws {
    let loss = MultiBoxLoss(normalization: .perImage)
    let (logits, offsets, truth) = batch(4, images: 2)
    let whole = try loss.evaluate(
      logits: logits, offsets: offsets, imageCount: 2, defaultBoxes: boxes, groundTruth: truth)
    var sum = 0.0
    for image in 0..<2 {
      let (l, o) = (logits.count / 2, offsets.count / 2)
      sum += try loss.evaluate(
        logits: Array(logits[image * l..<(image + 1) * l]),
        offsets: Array(offsets[image * o..<(image + 1) * o]), imageCount: 1, defaultBoxes: boxes,
        groundTruth: [truth[image]], normalizer: 2
      ).loss
    }
    #expect(abs(sum - whole.loss) < 1e-12)
  }

  // By hand: of eight boxes .1 wide in a row the object takes box 0; the region, from .4 to .65,
  // covers boxes 4 and 5 whole and half of box 6; of the ninth, from .61 to .71, it covers .4.
  @Test func regionsAreNoBackgroundWhereAsked() throws {
    let row = try DefaultBoxes(
      (0..<8).map { CenterBox(cx: 0.05 + 0.1 * Double($0), cy: 0.5, width: 0.1, height: 0.6) }
        + [CenterBox(cx: 0.66, cy: 0.5, width: 0.1, height: 0.6)])
    let object = LabeledBox(box: row.corners[0], classIndex: 1)
    let region = Box(xMin: 0.4, yMin: 0, xMax: 0.65, yMax: 1)
    let crowd = LabeledBox(box: region, classIndex: 1, isCrowd: true)
    let ignored = LabeledBox(box: region, classIndex: 1, isIgnored: true)
    for other in [crowd, ignored] {
      let without = try MultiBoxLoss().assignments(
        groundTruth: [[other, object]], defaultBoxes: row)[0]
      #expect(without.ignored == [])
      #expect(without.matches == [BoxAssignment.Match(defaultBox: 0, object: 1)])
      #expect(without.ownedDefaultBoxes == [nil, 0])
      let with = try MultiBoxLoss(ignoredRegionOverlap: 0.5 - 1e-9).assignments(
        groundTruth: [[other, object]], defaultBoxes: row)[0]
      #expect(with.ignored == [4, 5, 6])
      for (overlap, ignored) in [
        (0.5 + 1e-9, [4, 5]), (0.4 + 1e-9, [4, 5, 6]), (0.4 - 1e-9, [4, 5, 6, 8]),
      ] {
        #expect(
          try MultiBoxLoss(ignoredRegionOverlap: overlap).assignments(
            groundTruth: [[other, object]], defaultBoxes: row)[0].ignored == ignored)
      }
      #expect(with[4] == .ignored && with[0] == .object(1, quality: 1) && with[1] == .background)
      #expect(with.isOwned(0) && !with.isOwned(1))
    }
    // Nothing is learned from them, and 3 · 1 negatives are of the other five.
    let answer = try MultiBoxLoss(ignoredRegionOverlap: 0.45).valueAndGradients(
      logits: [Double](repeating: 0, count: 18), offsets: [Double](repeating: 0, count: 36),
      imageCount: 1, defaultBoxes: row, groundTruth: [[crowd, object]])
    #expect(answer.result.negatives == 3)
    for index in [4, 5, 6] {
      #expect(answer.logitGradient[2 * index...2 * index + 1].allSatisfy { $0 == 0 })
    }
  }

  @Test func assignmentsThatDoNotFitAreNamed() throws {
    let (logits, offsets, truth) = batch(5, images: 2)
    func message(_ assignments: [BoxAssignment]) -> String? {
      #expect(throws: InputError.self) {
        try MultiBoxLoss().evaluate(
          logits: logits, offsets: offsets, imageCount: 2, defaultBoxes: boxes, groundTruth: truth,
          assignments: assignments)
      }?.description
    }
    let right = try MultiBoxLoss().assignments(groundTruth: truth, defaultBoxes: boxes)
    #expect(message([right[0]]) == "assignments: expected 2 (one an image) elements, found 1")
    #expect(
      message([right[0], BoxAssignment(defaultBoxCount: 3, matches: [], ownedDefaultBoxes: [])])
        == "assignments[1]: expected 3234 (default boxes) elements, found 3")
    #expect(
      message([right[1], right[0]])
        == "assignments[0].ownedDefaultBoxes: expected \(truth[0].count) (one an object) elements,"
        + " found 0")
    let error = #expect(throws: InputError.self) {
      try MultiBoxLoss(assigner: .taskAligned()).assignments(
        groundTruth: truth, defaultBoxes: boxes)
    }
    #expect(
      error?.description
        == "TaskAlignedAssigner looks at predictions, and there are none: give logits and offsets")
  }

  // A network that has gone wrong must show, also where its boxes match nothing.
  @Test func predictionsThatAreNotFiniteShowInTheLoss() throws {
    let (logits, _, truth) = batch(9, images: 2)
    for value in [Float.nan, .infinity] {
      let result = try MultiBoxLoss(
        assigner: .taskAligned(), confidence: .varifocal()
      ).evaluate(
        logits: logits, offsets: [Float](repeating: value, count: 2 * boxes.count * 4),
        imageCount: 2, defaultBoxes: boxes, groundTruth: truth)
      #expect(!result.loss.isFinite)
    }
  }

  // One class, one default box or none, one object or none: every rule. By hand: where the box is
  // matched (IoU .69), two equal logits cost log 2, and the offsets what smooth L1 makes of them.
  @Test(arguments: AllParts.assigners) func theSmallestProblems(name: String) throws {
    let object = LabeledBox(
      box: Box(xMin: 0.1, yMin: 0.1, xMax: 0.6, yMax: 0.7), classIndex: 1)
    let one = try DefaultBoxes([CenterBox(cx: 0.4, cy: 0.4, width: 0.5, height: 0.5)])
    let none = try DefaultBoxes([])
    let loss = MultiBoxLoss(assigner: try AllParts.assigner(name))
    for (defaultBoxes, count) in [(one, 1), (none, 0)] {
      for truth in [[], [object]] {
        let answer = try loss.valueAndGradients(
          logits: [Double](repeating: 0.5, count: 2 * count),
          offsets: [Double](repeating: 0, count: 4 * count), imageCount: 1,
          defaultBoxes: defaultBoxes, groundTruth: [truth])
        // ATSS takes mean and deviation of its candidates, and one alone has no deviation.
        let isMatched = count == 1 && !truth.isEmpty && name != "atss"
        #expect(answer.result.positives == (isMatched ? 1 : 0))
        #expect(answer.result.negatives == 0)
        let target = BoxCoder().encoded(CenterBox(object.box), relativeTo: one.centers[0])
        let offsets = [target.cx, target.cy, target.width, target.height]
        let expected = log(2) + offsets.reduce(0) { $0 + SmoothL1().value($1) }
        #expect(abs(answer.result.loss - (isMatched ? expected : 0)) < 1e-12)
        let gradient = isMatched ? [0.5, -0.5] : [Double](repeating: 0, count: 2 * count)
        #expect(answer.logitGradient == gradient)
      }
    }
  }
}
