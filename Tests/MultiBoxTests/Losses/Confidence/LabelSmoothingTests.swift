import Foundation
import TestSupport
import Testing

@testable import MultiBox

struct LabelSmoothingTests {
  private func value(_ term: any ConfidenceTerm, _ logits: [Double], _ label: Int) -> Double {
    term.value(logits.span, ConfidenceTarget(label: label))
  }

  private func gradient(
    _ term: any ConfidenceTerm, _ logits: [Double], _ label: Int
  ) -> [Double] {
    var gradient = [Double](repeating: 0, count: logits.count)
    var span = gradient.mutableSpan
    term.addGradient(logits.span, ConfidenceTarget(label: label), scale: 1, to: &span)
    return gradient
  }

  // By hand: softmax 1/8, 2/8 and 5/8; the target is .1, .8 and .1.
  @Test func softmaxByHand() {
    let term = SoftmaxLoss(labelSmoothing: 0.3)
    let logits = [0, log(2.0), log(5.0)]
    let expected = 0.1 * log(8.0) + 0.8 * log(4.0) + 0.1 * log(1.6)
    #expect(abs(value(term, logits, 1) - expected) < 1e-14)
    for (found, expected) in zip(gradient(term, logits, 1), [0.025, -0.55, 0.525]) {
      #expect(abs(found - expected) < 1e-14)
    }
  }

  // By hand: sigmoids 1/2 and 3/4; the targets are .1 and .9.
  @Test func sigmoidByHand() {
    let term = SigmoidLoss(labelSmoothing: 0.2)
    let logits = [0, log(3.0)]
    let expected = log(2.0) - 0.9 * log(0.75) - 0.1 * log(0.25)
    #expect(abs(value(term, logits, 1) - expected) < 1e-14)
    for (found, expected) in zip(gradient(term, logits, 1), [0.4, -0.15]) {
      #expect(abs(found - expected) < 1e-14)
    }
  }

  @Test(
    arguments: [
      SoftmaxLoss(labelSmoothing: 0.1), SoftmaxLoss(labelSmoothing: 1),
      SigmoidLoss(labelSmoothing: 0.1), SigmoidLoss(labelSmoothing: 1),
    ] as [any ConfidenceTerm])
  func gradientsAreDerivatives(term: any ConfidenceTerm) {
    var numbers = SeededNumbers(6)
    for label in 0..<5 {
      let logits = numbers.doubles(5, -4...4)
      let check = GradientCheck(gradient(term, logits, label), at: logits) {
        value(term, $0, label)
      }
      #expect(check.isRight, "\(term), \(label): \(check.largestError)")
    }
  }

  // Large logits: neither a probability nor a logarithm overflows.
  @Test func farLogitsStayFinite() {
    let logits: [Double] = [1000, -1000, 0]
    // By hand: softmax 1, 0 and 0, so −log is 0, 2000 and 1000, of which .1 each, and .8 of 0.
    #expect(abs(value(SoftmaxLoss(labelSmoothing: 0.3), logits, 0) - 300) < 1e-9)
    let found = gradient(SoftmaxLoss(labelSmoothing: 0.3), logits, 0)
    for (found, expected) in zip(found, [0.2, -0.1, -0.1]) {
      #expect(abs(found - expected) < 1e-14)
    }
  }

  // A whole loss: of Float batches the definition computes the smoothed one, kernels the other.
  @Test func floatBatchesAreSmoothedToo() throws {
    let boxes = DefaultBoxes(DefaultBoxSpecification.compact(side: 64))
    let truth = [
      LabeledBox(box: Box(xMin: 0.2, yMin: 0.25, xMax: 0.6, yMax: 0.7), classIndex: 1)
    ]
    var numbers = SeededNumbers(4)
    let logits = numbers.doubles(boxes.count * 3, -2...2)
    func evaluate(_ smoothing: Double) throws -> (single: MultiBoxLoss.Result, double: Double) {
      let loss = MultiBoxLoss(confidence: .softmax(labelSmoothing: smoothing))
      let floats = logits.map(Float.init)
      let offsets = [Double](repeating: 0, count: boxes.count * 4)
      var logitGradient = floats
      let floatOffsets = offsets.map(Float.init)
      var offsetGradient = floatOffsets
      let single = try loss.evaluate(
        logits: floats, offsets: floatOffsets, imageCount: 1, defaultBoxes: boxes,
        groundTruth: [truth], logitGradient: &logitGradient, offsetGradient: &offsetGradient)
      var doubleGradient = logits
      var doubleOffsets = offsets
      let double = try loss.evaluate(
        logits: logits, offsets: offsets, imageCount: 1, defaultBoxes: boxes,
        groundTruth: [truth], logitGradient: &doubleGradient, offsetGradient: &doubleOffsets)
      #expect(
        zip(logitGradient, doubleGradient).allSatisfy { abs(Double($0) - $1) < 1e-5 })
      return (single, double.loss)
    }
    let (plain, smoothed) = (try evaluate(0), try evaluate(0.2))
    #expect(plain.single.usesKernels && !smoothed.single.usesKernels)
    #expect(abs(plain.single.loss - plain.double) < 1e-4 * plain.double)
    #expect(abs(smoothed.single.loss - smoothed.double) < 1e-4 * smoothed.double)
    #expect(abs(smoothed.double - plain.double) > 0.01)
  }
}
