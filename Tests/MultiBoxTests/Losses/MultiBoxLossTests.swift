import Foundation
import MultiBox
import TestSupport
import Testing

struct MultiBoxLossTests {
  // golden/loss, "The whole loss": f64 to 1e-9, torchvision 0.29.2 to 1e-5.
  @Test func workedCasesInDouble() throws {
    let problem = try WorkedProblem()
    func parts(_ groundTruth: [[LabeledBox]]) throws -> MultiBoxLoss.Result {
      try MultiBoxLoss().evaluate(
        logits: problem.logits, offsets: problem.offsets, imageCount: 2,
        defaultBoxes: problem.defaultBoxes, groundTruth: groundTruth)
    }
    let a = try parts([problem.first, problem.second])
    #expect(abs(a.localization - 3.280085668811) < 1e-9)
    #expect(abs(a.confidence - 5.918743623149) < 1e-9)
    #expect(abs(a.loss - 9.198829291960) < 1e-9)
    #expect(a.images.map(\.positives) == [2, 1])
    #expect(a.images.map(\.negatives) == [6, 3])
    let b = try parts([problem.first, []])
    #expect(abs(b.localization - 3.162391900047) < 1e-9)
    #expect(abs(b.confidence - 4.566775326162) < 1e-9)
    let c = try parts([[], []])
    #expect(c.loss == 0 && c.localization == 0 && c.confidence == 0)
    #expect(c.positives == 0 && c.negatives == 0)
  }

  // The second image alone, then the first: sums of 1 and 2 positives, divided by 3 in the end; per
  // image by 2 images.
  @Test(arguments: LossNormalization.allCases) func partsOfABatchAreJoined(
    normalization: LossNormalization
  ) throws {
    let problem = try WorkedProblem()
    let truth = [problem.first, problem.second]
    let loss = MultiBoxLoss(alpha: 1.7, normalization: normalization)
    let whole = try loss.valueAndGradients(
      logits: problem.logits, offsets: problem.offsets, imageCount: 2,
      defaultBoxes: problem.defaultBoxes, groundTruth: truth)
    let parts = try [0, 1].map { image in
      try loss.valueAndGradients(
        logits: Array(problem.logits[image * 24..<image * 24 + 24]),
        offsets: Array(problem.offsets[image * 32..<image * 32 + 32]), imageCount: 1,
        defaultBoxes: problem.defaultBoxes, groundTruth: [truth[image]], normalizer: 1)
    }
    let normalizer = normalization.normalizer(positives: 3, images: 2)
    #expect(normalizer == (normalization == .batch ? 3 : 2))
    let joined = MultiBoxLoss.Result(joining: parts.map(\.result), normalizer: normalizer)
    for value in [
      \.loss, \.localization, \.confidence, \.localizationSum, \.confidenceSum,
    ] as [KeyPath<MultiBoxLoss.Result, Double>] {
      #expect(abs(joined[keyPath: value] - whole.result[keyPath: value]) < 1e-12)
    }
    #expect(joined.images == whole.result.images && joined.positives == 3)
    for (found, expected) in zip(parts.flatMap(\.logitGradient), whole.logitGradient) {
      #expect(abs(found / normalizer - expected) < 1e-12)
    }
    for (found, expected) in zip(parts.flatMap(\.offsetGradient), whole.offsetGradient) {
      #expect(abs(found / normalizer - expected) < 1e-12)
    }
  }

  @Test func workedCaseInFloat() throws {
    let problem = try WorkedProblem()
    let result = try MultiBoxLoss().evaluate(
      logits: problem.logits.map(Float.init), offsets: problem.offsets.map(Float.init),
      imageCount: 2, defaultBoxes: problem.defaultBoxes,
      groundTruth: [problem.first, problem.second])
    #expect(abs(result.localization - 3.280085668811) < 1e-5)
    #expect(abs(result.confidence - 5.918743623149) < 1e-5)
  }

  // golden/loss, "Details of A": IoU rows, matches, cross entropies, mined negatives, encodings.
  @Test func detailsOfTheWorkedCase() throws {
    let problem = try WorkedProblem()
    let corners = problem.defaultBoxes.corners
    let rows: [[Double]] = [
      [0.81, 0.1602564, 0, 0, 0, 0, 0.4444444, 0],
      [0, 0.0824742, 0.6279070, 0, 0.0096154, 0, 0, 0.2828283],
    ]
    for (truth, row) in zip(problem.first, rows) {
      for (box, expected) in zip(corners, row) {
        #expect(abs(box.intersectionOverUnion(truth.box) - expected) < 1e-7)
      }
    }
    #expect(abs(corners[5].intersectionOverUnion(problem.second[0].box) - 0.6923077) < 1e-7)
    let entropies = [
      [1.1800231, 0.3617953, 0.7484919, 2.4488915, 0.3574216, 1.2547207, 2.4290013, 0.3532054],
      [1.280598, 2.4087992, 0.3491444, 1.3067284, 2.3882964, 1.4580804, 1.3330975, 2.3675043],
    ]
    let labels = [[0: 1, 2: 2], [5: 1]]
    let mined = [[1, 3, 4, 5, 6, 7], [1, 4, 7]]
    for image in 0..<2 {
      let values = (0..<8).map { box in
        problem.logits[(image * 8 + box) * 3..<(image * 8 + box + 1) * 3].withUnsafeBufferPointer {
          SoftmaxCrossEntropy.value($0, label: labels[image][box] ?? 0)
        }
      }
      for (value, expected) in zip(values, entropies[image]) {
        #expect(abs(value - expected) < 1e-7)
      }
      let negatives = HardNegativeMining().negatives(
        losses: values, isExcluded: { labels[image][$0] != nil }, count: mined[image].count)
      #expect(negatives == mined[image])
    }
    let encodings: [(LabeledBox, Int, [Double])] = [
      (problem.first[0], 0, [0.5, 0.5, -0.5268026, -0.5268026]),
      (problem.first[1], 2, [1.5, 1.0, 0.4765509, 0]),
      (problem.second[0], 5, [0, 1, 0.9116078, 0]),
    ]
    for (truth, box, expected) in encodings {
      let found = BoxCoder().encoded(
        CenterBox(truth.box), relativeTo: problem.defaultBoxes.centers[box])
      for (found, expected) in zip([found.cx, found.cy, found.width, found.height], expected) {
        #expect(abs(found - expected) < 1e-7)
      }
    }
  }

  /// A seeded problem with ties, crowded and empty images.
  private func problem(
    _ seed: UInt64, images: Int = 3
  ) throws -> (
    logits: [Double], offsets: [Double], boxes: DefaultBoxes, truth: [[LabeledBox]], k: Int
  ) {
    var numbers = SeededNumbers(seed)
    let k = numbers.integer(2...7)
    let d = numbers.integer(5...40)
    let boxes = try numbers.defaultBoxes(d)
    let truth = (0..<images).map { image in
      (0..<(image == 1 ? 0 : numbers.integer(0...6))).map { _ in
        LabeledBox(box: numbers.box(), classIndex: numbers.integer(1...k - 1))
      }
    }
    return (
      numbers.doubles(images * d * k, -3...3),
      numbers.doubles(images * d * 4, -3...3), boxes, truth, k
    )
  }

  // Central differences, h = 1e-5, tolerance 1e-7 relative to max(1, |g|).
  @Test(arguments: 1...6) func gradientsAreDerivatives(seed: Int) throws {
    let (logits, offsets, boxes, truth, _) = try problem(UInt64(seed))
    let loss = MultiBoxLoss(
      confidence: .softmax(mining: HardNegativeMining(minimumNegatives: 2)),
      localization: .offsets(.smoothL1(beta: 0.8)), alpha: 0.7)
    func value(_ logits: [Double], _ offsets: [Double]) throws -> Double {
      try loss.evaluate(
        logits: logits, offsets: offsets, imageCount: 3, defaultBoxes: boxes, groundTruth: truth
      ).loss
    }
    var logitGradient = [Double](repeating: .nan, count: logits.count)
    var offsetGradient = [Double](repeating: .nan, count: offsets.count)
    _ = try loss.evaluate(
      logits: logits, offsets: offsets, imageCount: 3, defaultBoxes: boxes, groundTruth: truth,
      logitGradient: &logitGradient, offsetGradient: &offsetGradient)
    let ofLogits = try GradientCheck(logitGradient, at: logits) { try value($0, offsets) }
    #expect(ofLogits.isRight, "logits: \(ofLogits.largestError)")
    let ofOffsets = try GradientCheck(offsetGradient, at: offsets) { try value(logits, $0) }
    #expect(ofOffsets.isRight, "offsets: \(ofOffsets.largestError)")
    #expect(logitGradient.contains { $0 != 0 } && offsetGradient.contains { $0 != 0 })
  }

  @Test(arguments: 1...8) func theThreadCountChangesNoBit(threads: Int) throws {
    let (logits, offsets, boxes, truth, _) = try problem(77, images: 7)
    func evaluate(_ threads: Int) throws -> (MultiBoxLoss.Result, [Double], [Double]) {
      var logitGradient = logits
      var offsetGradient = offsets
      let result = try MultiBoxLoss().evaluate(
        logits: logits, offsets: offsets, imageCount: 7, defaultBoxes: boxes, groundTruth: truth,
        logitGradient: &logitGradient, offsetGradient: &offsetGradient, threadCount: threads)
      return (result, logitGradient, offsetGradient)
    }
    let (one, many) = (try evaluate(1), try evaluate(threads))
    #expect(one.0 == many.0)
    #expect(one.1 == many.1)
    #expect(one.2 == many.2)
  }

  @Test func imagesWithoutObjectsHaveNoGradient() throws {
    let boxes = DefaultBoxes(DefaultBoxPreset.ssdlite320.specification())
    var logitGradient = [Float](repeating: 7, count: boxes.count * 4)
    var offsetGradient = [Float](repeating: 7, count: boxes.count * 4)
    let result = try MultiBoxLoss().evaluate(
      logits: [Float](repeating: 1, count: boxes.count * 4),
      offsets: [Float](repeating: 1, count: boxes.count * 4), imageCount: 1, defaultBoxes: boxes,
      groundTruth: [[]], logitGradient: &logitGradient, offsetGradient: &offsetGradient)
    #expect(result.loss == 0)
    #expect(logitGradient.allSatisfy { $0 == 0 })
    #expect(offsetGradient.allSatisfy { $0 == 0 })
  }

  // By hand: K = 2 equal logits, so each of 5 mined negatives gives log 2, divided by max(0, 1).
  @Test func aMinimumOfNegativesLearnsFromEmptyImages() throws {
    let boxes = DefaultBoxes(DefaultBoxPreset.ssdlite320.specification())
    let result = try MultiBoxLoss(
      confidence: .softmax(mining: HardNegativeMining(minimumNegatives: 5))
    ).evaluate(
      logits: [Double](repeating: 0.25, count: boxes.count * 2),
      offsets: [Double](repeating: 0, count: boxes.count * 4), imageCount: 1, defaultBoxes: boxes,
      groundTruth: [[]])
    #expect(result.negatives == 5)
    #expect(abs(result.loss - 5 * log(2)) < 1e-12)
  }

  @Test func crowdsAreLeftOut() throws {
    var problem = try WorkedProblem().first
    problem[0].isCrowd = true
    let worked = try WorkedProblem()
    let result = try MultiBoxLoss().evaluate(
      logits: Array(worked.logits.prefix(24)), offsets: Array(worked.offsets.prefix(32)),
      imageCount: 1, defaultBoxes: worked.defaultBoxes, groundTruth: [problem])
    #expect(result.positives == 1)
  }

  @Test(arguments: [Double.nan, .infinity]) func logitsThatAreNotFiniteShowInTheLoss(
    value: Double
  ) throws {
    let problem = try WorkedProblem()
    var logits = problem.logits
    logits[20] = value
    let result = try MultiBoxLoss().evaluate(
      logits: logits, offsets: problem.offsets, imageCount: 2, defaultBoxes: problem.defaultBoxes,
      groundTruth: [problem.first, problem.second])
    #expect(!result.loss.isFinite)
  }

  @Test func noImagesAreNoLoss() throws {
    let boxes = DefaultBoxes(DefaultBoxPreset.ssdlite320.specification())
    let result = try MultiBoxLoss().evaluate(
      logits: [Float](), offsets: [Float](), imageCount: 0, defaultBoxes: boxes, groundTruth: [])
    #expect(result.loss == 0)
  }
}
