import Foundation
import MultiBox
import TestSupport
import Testing

struct ClassWeightsTests {
  /// A seeded batch with an image without objects; class 1 and the last class are there.
  private struct Problem {
    let logits, offsets: [Double]
    let boxes: DefaultBoxes
    let truth: [[LabeledBox]]
    let weights: ClassWeights

    init(_ seed: UInt64) throws {
      var numbers = SeededNumbers(seed)
      let k = numbers.integer(3...7)
      let d = numbers.integer(16...40)
      boxes = try numbers.defaultBoxes(d)
      truth = (0..<3).map { image in
        image == 1
          ? []
          : (0..<4).map { position in
            LabeledBox(
              box: numbers.box(),
              classIndex: [1, k - 1][safe: position] ?? numbers.integer(1...k - 1))
          }
      }
      logits = numbers.doubles(3 * d * k, -3...3)
      offsets = numbers.doubles(3 * d * 4, -3...3)
      weights = ClassWeights((1..<k).map { $0 == 1 ? 0 : Double($0) * 0.75 })
    }

    func answer<Scalar: RealScalar>(
      _ loss: MultiBoxLoss, _: Scalar.Type
    ) throws -> MultiBoxLoss.ValueAndGradients<Scalar> {
      try loss.valueAndGradients(
        logits: logits.map { Scalar($0) }, offsets: offsets.map { Scalar($0) }, imageCount: 3,
        defaultBoxes: boxes, groundTruth: truth)
    }
  }

  // golden/loss, "Details of A": the positives are box 0 of class 1 (1.1800231) and box 2 of class
  // 2 (0.7484919) of the first image, box 5 of class 1 (1.4580804) of the second. N is 3, L_conf
  // 5.918743623 and L_loc 3.280085669. With 2 and 0.5 the sum of L_conf grows by
  // (2 − 1) · (1.1800231 + 1.4580804) + (0.5 − 1) · 0.7484919 = 2.2638576, L_conf by a third of it.
  @Test func theWorkedCaseByHand() throws {
    let problem = try WorkedProblem()
    let loss = MultiBoxLoss(classWeights: ClassWeights([2, 0.5]))
    let result = try loss.evaluate(
      logits: problem.logits, offsets: problem.offsets, imageCount: 2,
      defaultBoxes: problem.defaultBoxes, groundTruth: [problem.first, problem.second])
    #expect(abs(result.confidenceSum - (3 * 5.918743623 + 2.2638576)) < 1e-6)
    #expect(abs(result.confidence - 6.6733628) < 1e-6)
    #expect(abs(result.localization - 3.280085669) < 1e-8)
    #expect(abs(result.loss - 9.9534485) < 1e-6)
    #expect(result.images.map(\.positives) == [2, 1])
    #expect(result.images.map(\.negatives) == [6, 3])
  }

  // A row's gradient is w_c times what it was; background and offsets keep every bit.
  @Test func rowsOfAClassHaveItsFactor() throws {
    let problem = try WorkedProblem()
    func gradients(_ weights: ClassWeights?) throws -> MultiBoxLoss.ValueAndGradients<Double> {
      try MultiBoxLoss(classWeights: weights).valueAndGradients(
        logits: problem.logits, offsets: problem.offsets, imageCount: 2,
        defaultBoxes: problem.defaultBoxes, groundTruth: [problem.first, problem.second])
    }
    let plain = try gradients(nil)
    let weighted = try gradients(ClassWeights([2, 0.5]))
    let factors = [0: 2, 2: 0.5, 8 + 5: 2]
    for row in 0..<16 {
      for index in row * 3..<row * 3 + 3 {
        #expect(weighted.logitGradient[index] == (factors[row] ?? 1) * plain.logitGradient[index])
      }
      if factors[row] != nil { #expect(plain.logitGradient[row * 3] != 0) }
    }
    #expect(weighted.offsetGradient == plain.offsetGradient)
  }

  // Central differences, h = 1e-5, tolerance 1e-7 relative to max(1, |g|).
  @Test(arguments: AllParts.confidences, 1...3)
  func gradientsAreDerivatives(confidence: String, seed: Int) throws {
    let problem = try Problem(UInt64(seed))
    for normalization in LossNormalization.allCases {
      let loss = MultiBoxLoss(
        confidence: try AllParts.confidence(confidence), normalization: normalization,
        classWeights: problem.weights)
      let answer = try problem.answer(loss, Double.self)
      let check = try GradientCheck(answer.logitGradient, at: problem.logits) { logits in
        try loss.evaluate(
          logits: logits, offsets: problem.offsets, imageCount: 3, defaultBoxes: problem.boxes,
          groundTruth: problem.truth
        ).loss
      }
      #expect(check.isRight, "\(check.largestError)")
      var unweighted = loss
      unweighted.classWeights = nil
      let plain = try problem.answer(unweighted, Double.self)
      #expect(answer.offsetGradient == plain.offsetGradient)
      #expect(answer.logitGradient != plain.logitGradient)
      #expect(answer.result.images == plain.result.images)
    }
  }

  // Kernels where a part has one, the definitions where not, in both precisions; doubled positives.
  @Test(arguments: AllParts.confidences, 4...7)
  func floatAndDoubleAgree(confidence: String, seed: Int) throws {
    let problem = try Problem(UInt64(seed))
    var terms = [try AllParts.confidence(confidence)]
    if confidence == SoftmaxLoss.partName {
      terms.append(
        .softmax(
          mining: HardNegativeMining(
            negativesPerPositive: 1e9, countsMinedPositivesTwice: true)))
    }
    for term in terms {
      let loss = MultiBoxLoss(confidence: term, classWeights: problem.weights)
      let exact = try problem.answer(loss, Double.self)
      let found = try problem.answer(loss, Float.self)
      #expect(found.result.usesKernels == (confidence != SigmoidLoss.partName))
      #expect(found.result.images == exact.result.images)
      #expect(abs(found.result.loss - exact.result.loss) < 1e-5 * exact.result.loss)
      for (found, exact) in zip(found.logitGradient, exact.logitGradient) {
        #expect(abs(Double(found) - exact) < 1e-5)
      }
    }
  }

  @Test(arguments: AllParts.confidences) func weightsOfOneChangeNoBit(confidence: String) throws {
    let problem = try Problem(8)
    func check<Scalar: RealScalar>(_ type: Scalar.Type) throws {
      var loss = MultiBoxLoss(confidence: try AllParts.confidence(confidence))
      let plain = try problem.answer(loss, type)
      loss.classWeights = ClassWeights(problem.weights.values.map { _ in 1 })
      #expect(try problem.answer(loss, type) == plain)
    }
    try check(Float.self)
    try check(Double.self)
  }

  // By hand: 12 objects of 3 classes that have some, 8, 1 and 3: 12 / (3 · 8), 12 / 3, 12 / 9.
  @Test func balancedWeights() {
    let found = ClassWeights.balanced(objectCounts: [8, 0, 1, 3])
    #expect(found == ClassWeights([0.5, 1, 4, 12.0 / 9]))
    // The mean over the objects is 1.
    #expect(abs(8 * found[1] + found[3] + 3 * found[4] - 12) < 1e-12)
    #expect(!found.haveNoEffect)
    #expect(ClassWeights.balanced(objectCounts: [7]).haveNoEffect)
    #expect(ClassWeights.balanced(objectCounts: [4, 4, 0]).haveNoEffect)
    #expect(ClassWeights.balanced(objectCounts: [0, 0]) == ClassWeights([1, 1]))
  }

  @Test func whatCanBeAWeight() {
    #expect([0, 0.5, 3e38].allSatisfy(ClassWeights.isValid))
    #expect(![-0.1, .nan, .infinity, 1e39].contains(where: ClassWeights.isValid))
  }

  @Test func anotherNumberOfClassesIsAnError() throws {
    let problem = try WorkedProblem()
    let error = #expect(throws: InputError.self) {
      try MultiBoxLoss(classWeights: ClassWeights([1, 2, 3])).evaluate(
        logits: problem.logits, offsets: problem.offsets, imageCount: 2,
        defaultBoxes: problem.defaultBoxes, groundTruth: [problem.first, problem.second])
    }
    #expect(
      error?.description == "classWeights: expected 2 (one a class) elements, found 3")
  }

  @Test func theyComeBackFromAFile() throws {
    let loss = MultiBoxLoss(classWeights: ClassWeights([2, 0, 0.1]))
    let data = try JSONEncoder().encode(loss)
    #expect(try JSONDecoder().decode(MultiBoxLoss.self, from: data) == loss)
    #expect(loss != MultiBoxLoss())
    let plain = try JSONEncoder().encode(MultiBoxLoss())
    #expect(!String(decoding: plain, as: UTF8.self).contains("classWeights"))
    for text in ["[-1]", "[1e39]"] {
      let json = Data(#"{"version": 2, "classWeights": \#(text)}"#.utf8)
      let error = #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(MultiBoxLoss.self, from: json)
      }
      guard case .dataCorrupted(let context) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(context.codingPath.last?.stringValue == "classWeights")
      #expect(
        context.debugDescription.hasPrefix("expected finite numbers of 0 or more, one a class"))
    }
  }
}

extension Array {
  fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
