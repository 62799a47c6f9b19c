import Foundation
import MultiBox
import TestSupport
import Testing

struct LossExplanationTests {
  private let boxes = DefaultBoxes(DefaultBoxPreset.ssdlite320.specification())
  private let objects = [
    LabeledBox(box: Box(xMin: 0.1, yMin: 0.2, xMax: 0.5, yMax: 0.7), classIndex: 1),
    // Smaller than any default box: owned, and by no overlap.
    LabeledBox(box: Box(xMin: 0.8, yMin: 0.8, xMax: 0.84, yMax: 0.85), classIndex: 2),
    LabeledBox(
      box: Box(xMin: 0.5, yMin: 0, xMax: 0.9, yMax: 0.4), classIndex: 1, isCrowd: true),
  ]

  private func explanation(
    _ loss: MultiBoxLoss, objects: [LabeledBox]? = nil
  ) throws -> (LossExplanation, MultiBoxLoss.Result) {
    var numbers = SeededNumbers(17)
    let logits = numbers.floats(boxes.count * 3, -3...3)
    let offsets = numbers.floats(boxes.count * 4, -2...2)
    let truth = objects ?? self.objects
    return (
      try loss.explanation(
        logits: logits, offsets: offsets, defaultBoxes: boxes, groundTruth: truth),
      try loss.evaluate(
        logits: logits, offsets: offsets, imageCount: 1, defaultBoxes: boxes, groundTruth: [truth])
    )
  }

  @Test(arguments: AllParts.localizations, AllParts.confidences)
  func theItemsSumToTheLoss(localization: String, confidence: String) throws {
    for (assigner, normalization) in zip(
      AllParts.assigners, [.batch, .perImage, .batch, .perImage, .batch] as [LossNormalization])
    {
      let (explained, result) = try explanation(
        MultiBoxLoss(
          assigner: AllParts.assigner(assigner), confidence: AllParts.confidence(confidence),
          localization: AllParts.localization(localization), alpha: 1.7,
          normalization: normalization, ignoredRegionOverlap: 0.5))
      let sum = explained.items.reduce(0) { $0 + explained.contribution(of: $1) }
      #expect(explained.result == result)
      #expect(result.loss > 0 || normalization == .perImage)
      #expect(abs(sum - result.loss) <= 1e-5 * result.loss)
      #expect(explained.items.contains { $0.role == .ignored })
      // By overlap where the rule has a threshold, by the rule where not; owned where it forces.
      let roles = Set(explained.items.map(\.role))
      #expect(
        roles.contains(.positiveByOverlap)
          == ["bipartite", "forced", "threshold"].contains(assigner))
      #expect(roles.contains(.positiveByOwnership) == ["bipartite", "forced"].contains(assigner))
      if assigner == "atss" { #expect(roles.contains(.positiveByRule)) }
    }
  }

  @Test func positivesThatCountTwiceSumUpToo() throws {
    let (explained, result) = try explanation(
      MultiBoxLoss(
        confidence: .softmax(
          mining: HardNegativeMining(negativesPerPositive: 1e9, countsMinedPositivesTwice: true))))
    #expect(explained.items.contains { $0.weight == 2 })
    let sum = explained.items.reduce(0) { $0 + explained.contribution(of: $1) }
    #expect(abs(sum - result.loss) <= 1e-5 * result.loss)
  }

  // Class 1 counts twice, class 2 a quarter; background has no weight, and the parts sum up.
  @Test(arguments: AllParts.confidences) func classWeightsAreItemised(confidence: String) throws {
    let weights = ClassWeights([2, 0.25])
    let (explained, result) = try explanation(
      MultiBoxLoss(confidence: AllParts.confidence(confidence), classWeights: weights))
    let sum = explained.items.reduce(0) { $0 + explained.contribution(of: $1) }
    #expect(explained.result == result)
    #expect(abs(sum - result.loss) <= 1e-5 * result.loss)
    var seen: Set<Double> = []
    for item in explained.items {
      let expected = item.groundTruthIndex.map { weights[objects[$0].classIndex] }
      #expect(item.classWeight == expected)
      if let expected { seen.insert(expected) }
    }
    #expect(seen == [2, 0.25])
    let (plain, _) = try explanation(MultiBoxLoss(confidence: AllParts.confidence(confidence)))
    #expect(plain.items.allSatisfy { $0.classWeight == nil })
  }

  // By hand: P positives, 3 P negatives with ranks 1…3 P by falling loss, the rest unused.
  @Test func rolesAndRanks() throws {
    let (explained, result) = try explanation(MultiBoxLoss())
    func items(_ role: LossExplanation.Role) -> [LossExplanation.Item] {
      explained.items.filter { $0.role == role }
    }
    #expect(items(.positiveByOwnership).count == 2)
    let positives = items(.positiveByOwnership).count + items(.positiveByOverlap).count
    #expect(positives == result.positives && positives > 2)
    #expect(items(.negative).count == 3 * positives)
    #expect(items(.unused).count == boxes.count - 4 * positives)
    let hardest = explained.hardestNegatives
    #expect(hardest.map(\.rank) == (1...3 * positives).map { $0 })
    #expect(zip(hardest, hardest.dropFirst()).allSatisfy { $0.confidence >= $1.confidence })
    let easiest = try #require(hardest.last)
    #expect(items(.unused).allSatisfy { $0.confidence <= easiest.confidence && $0.weight == 0 })
    for item in items(.positiveByOverlap) { #expect(item.overlap >= 0.5) }
    for item in explained.items {
      #expect((item.regression != nil) == (item.groundTruthIndex != nil))
      // −log of the probability, in Float.
      #expect(abs(-log(item.probability) - item.confidence) < 1e-4)
    }
  }

  // ĝ = encode(g, d), l = encode(b, d), and the residuals are their difference.
  @Test func regressionsAreTheFormulas() throws {
    let loss = MultiBoxLoss()
    let (explained, _) = try explanation(loss)
    let items = explained.items.filter { $0.regression != nil }
    #expect(items.count > 2)
    for item in items {
      let regression = try #require(item.regression)
      let coder = loss.boxCoder
      #expect(
        coder.encoded(regression.groundTruth, relativeTo: item.defaultBox) == regression.target)
      let prediction = coder.encoded(regression.predicted, relativeTo: item.defaultBox)
      #expect(abs(prediction.cx - regression.prediction.cx) < 1e-9)
      #expect(abs(prediction.height - regression.prediction.height) < 1e-9)
      #expect(
        abs(regression.prediction.width - regression.target.width - regression.residuals.width)
          < 1e-5)
      #expect(regression.terms.count == 4)
    }
  }

  @Test func objectsKnowTheirDefaultBoxes() throws {
    let (explained, result) = try explanation(MultiBoxLoss())
    #expect(explained.objects.count == 3)
    #expect(explained.objects.reduce(0) { $0 + $1.positives } == result.positives)
    let (large, small, crowd) = (
      explained.objects[0], explained.objects[1], explained.objects[2]
    )
    #expect(large.positives > 1 && large.bestOverlap > 0.5 && large.centeredOverlap > 0.5)
    #expect(small.positives == 1 && small.bestOverlap < 0.1 && small.centeredOverlap < 0.1)
    #expect(small.ownedDefaultBox != nil)
    #expect(crowd.positives == 0 && crowd.ownedDefaultBox == nil)
  }

  @Test func nothingIsExplainedAsNothing() throws {
    let (explained, result) = try explanation(MultiBoxLoss(), objects: [])
    #expect(result.loss == 0)
    #expect(explained.items.allSatisfy { $0.role == .unused && $0.weight == 0 })
  }
}
