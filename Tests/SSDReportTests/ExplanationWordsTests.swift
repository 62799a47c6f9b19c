import Foundation
import MultiBox
import Testing

@testable import SSDReport

struct ExplanationWordsTests {
  private let specification = DefaultBoxPreset.ssdlite320.specification()

  private func words(
    _ objects: [LabeledBox], _ loss: MultiBoxLoss = MultiBoxLoss()
  ) throws -> (ExplanationWords, LossExplanation) {
    let boxes = DefaultBoxes(specification)
    // All alike, but for the first row, which is the hardest.
    var logits = [Float](repeating: 0, count: boxes.count * 3)
    logits[1] = 2
    let explanation = try loss.explanation(
      logits: logits, offsets: [Float](repeating: 0, count: boxes.count * 4), defaultBoxes: boxes,
      groundTruth: objects)
    return (
      ExplanationWords(
        explanation, classNames: ["cell", "plate"], width: 640, height: 320,
        specification: specification), explanation
    )
  }

  private func object(
    _ xMin: Double, _ yMin: Double, _ xMax: Double, _ yMax: Double, _ classIndex: Int = 1,
    isCrowd: Bool = false
  ) -> LabeledBox {
    LabeledBox(
      box: Box(xMin: xMin, yMin: yMin, xMax: xMax, yMax: yMax), classIndex: classIndex,
      isCrowd: isCrowd)
  }

  @Test func anImageWithoutObjects() throws {
    let (words, _) = try words([])
    #expect(
      words.summary == [
        "N = 0: no default box is matched, so the sums are divided by max(N, 1) = 1.",
        "No negative was mined because no object is there.",
      ])
    let (minimum, _) = try self.words(
      [], MultiBoxLoss(confidence: .softmax(mining: HardNegativeMining(minimumNegatives: 5))))
    // log 3 = 1.0986; the first row is log(2 + e²) = 2.2395.
    #expect(
      minimum.summary[1]
        == "5 negatives were mined, the minimum, the hardest of 3234 unmatched default boxes."
        + " Their −log ĉ⁰ goes from 2.240 down to 1.099.")
    let (perImage, _) = try self.words(
      [], MultiBoxLoss(normalization: .perImage))
    #expect(perImage.summary[0].contains("an image without positives adds nothing"))
  }

  // The small one owns its default box alone; crowds and classes without a part are not told.
  @Test func weightsOfClassesAreTold() throws {
    let objects = [object(0.5, 0.5, 0.54, 0.55, 2), object(0, 0, 0.2, 0.2, 1, isCrowd: true)]
    let loss = MultiBoxLoss(classWeights: ClassWeights([3, 0.25]))
    #expect(
      try words(objects, loss).0.summary.last
        == "L_conf of a matched default box is multiplied by the weight of its class: plate 0.25"
        + " (1 default box). Background and L_loc have no weight.")
    #expect(try words([], loss).0.summary.count == 2)
    #expect(try words(objects).0.summary.count == 2)
  }

  // 26 × 16 px in a 640 × 320 image; the smallest default boxes are 64 of 320, so 128 × 64 px.
  @Test func aSmallObjectIsOwnedAndToldWhy() throws {
    let (words, explanation) = try words([object(0.5, 0.5, 0.54, 0.55, 2)])
    let text = words.sentences(about: explanation.objects[0])
    #expect(
      text.hasPrefix(
        "Object 1 (plate, 26 × 16 px) got 1 default box by ownership (IoU "), "\(text)")
    #expect(text.contains("on map 20 × 20: nothing of its size on map 20 × 20 or any other."))
    #expect(text.contains("even if it were centred on it; 0.5 is needed."))
    #expect(words.summary[0].hasPrefix("N = 1: 1 default box matched to 1 object."))
    #expect(words.summary[1].hasPrefix("3 negatives were mined, ⌊3 · 1⌋, the hardest of 3233"))
  }

  @Test func aLargeObjectGetsSome() throws {
    let (words, explanation) = try words([object(0.2, 0.2, 0.6, 0.65)])
    let text = words.sentences(about: explanation.objects[0])
    #expect(text.contains("default boxes, on map"), "\(text)")
    #expect(text.contains("1 by ownership (IoU 0."))
    #expect(text.contains("by overlap (IoU 0."))
  }

  @Test func aCrowdIsLeftOut() throws {
    let (words, explanation) = try words([object(0.2, 0.2, 0.6, 0.65, isCrowd: true)])
    #expect(
      words.sentences(about: explanation.objects[0])
        == "Object 1 (cell, 256 × 144 px) is a crowd region: nothing is matched to it or learned"
        + " from it.")
  }

  // Two objects with the same best default box: forced matching gives it to the later one.
  @Test func whoLostItsBoxIsToldToWhom() throws {
    let same = object(0.5, 0.5, 0.54, 0.55)
    let (words, explanation) = try words([same, same], LossPreset.torchvision.loss)
    let text = words.sentences(about: explanation.objects[0])
    #expect(text.contains("got no default box: the one it overlaps most"), "\(text)")
    #expect(text.contains("went to object 2; a later object takes it, whoever had it before."))
  }

  @Test func miningOfAllThereIsAndFocalLoss() throws {
    let (all, _) = try words(
      [object(0.2, 0.2, 0.6, 0.65)],
      MultiBoxLoss(confidence: .softmax(mining: HardNegativeMining(negativesPerPositive: 1e6))))
    #expect(all.summary[1].contains("all that there were of"))
    let (focal, _) = try words(
      [object(0.2, 0.2, 0.6, 0.65)], MultiBoxLoss(confidence: .focal()))
    #expect(focal.summary[1].hasPrefix("Nothing is mined: the focal loss learns from all 3234"))
    let twice = MultiBoxLoss(
      confidence: .softmax(
        mining: HardNegativeMining(negativesPerPositive: 1e6, countsMinedPositivesTwice: true)))
    let (doubled, explanation) = try words([object(0.2, 0.2, 0.6, 0.65)], twice)
    #expect(
      doubled.summary[2].hasPrefix("\(explanation.result.positives) positives count twice in L"))
    let (one, _) = try words([object(0.5, 0.5, 0.54, 0.55)], twice)
    #expect(one.summary[2].hasPrefix("1 positive counts twice in L_conf, because "))
  }

  @Test(arguments: [
    MultiBoxLoss(confidence: .softmax(labelSmoothing: 0.1)),
    MultiBoxLoss(confidence: .sigmoid(labelSmoothing: 0.1)),
  ]) func smoothedLabelsAreTold(loss: MultiBoxLoss) throws {
    let (words, _) = try words([object(0.2, 0.2, 0.6, 0.65)], loss)
    #expect(words.summary.count == 3)
    #expect(words.summary[1].contains(" Their confidence loss "), "\(words.summary[1])")
    #expect(
      words.summary[2]
        == "Labels are smoothed by 0.1: a score of 1 for the right class costs too, so L_conf never"
        + " comes to 0.")
  }

  // A square whose IoU with the best shape, centred, is .499947 must not be told that it reaches
  // "0.5; 0.5 is needed". Shapes of a half overlap: side² / 64² for a square inside of 64 × 64 of
  // a 320 × 320 image.
  @Test func anOverlapBesideTheThresholdGetsTheDigitsItNeeds() throws {
    let side = (0.499947 * 64 * 64).squareRoot() / 320
    let center = 8.0 / 320
    let (words, explanation) = try words(
      [
        object(
          0.5 + center - side / 2, 0.5 + center - side / 2, 0.5 + center + side / 2,
          0.5 + center + side / 2)
      ])
    #expect(abs(explanation.objects[0].centeredOverlap - 0.499947) < 1e-9)
    let text = words.sentences(about: explanation.objects[0])
    #expect(
      text.contains("would reach IoU 0.4999 even if it were centred on it; 0.5 is needed."),
      "\(text)")
  }
}
