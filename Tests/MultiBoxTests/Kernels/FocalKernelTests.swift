import Foundation
import TestSupport
import Testing

@testable import MultiBox

/// The kernel of the focal family against the terms themselves.
struct FocalKernelTests {
  static let terms: [any ConfidenceTerm] = [
    .focal(), .focal(alpha: 0.4, gamma: 0), .focal(gamma: 1.5), .qualityFocal(),
    .qualityFocal(beta: 1), .varifocal(), .varifocal(alpha: 1.2, gamma: 0.7),
  ]

  private func answers(
    _ term: any ConfidenceTerm, logits: [Float], offsets: [Float], boxes: DefaultBoxes,
    truth: [[LabeledBox]], assigner: any BoxAssigner = .bipartite(negativeOverlap: 0.3),
    threadCount: Int = 1
  ) throws -> (
    fast: MultiBoxLoss.ValueAndGradients<Float>, plain: MultiBoxLoss.ValueAndGradients<Double>
  ) {
    let loss = MultiBoxLoss(assigner: assigner, confidence: term, ignoredRegionOverlap: 0.5)
    return (
      try loss.valueAndGradients(
        logits: logits, offsets: offsets, imageCount: truth.count, defaultBoxes: boxes,
        groundTruth: truth, threadCount: threadCount),
      try loss.valueAndGradients(
        logits: logits.map(Double.init), offsets: offsets.map(Double.init),
        imageCount: truth.count, defaultBoxes: boxes, groundTruth: truth)
    )
  }

  // In Double by the definitions: what Float's rounding leaves is 1e-5 of the largest.
  @Test(arguments: terms.indices) func everyTermAndNumberOfLogits(index: Int) throws {
    let term = Self.terms[index]
    var numbers = SeededNumbers(UInt64(40 + index))
    for logitCount in [2, 3, 5, 8, 9, 10, 16, 17, 21, 81] {
      let boxes = try numbers.defaultBoxes(100)
      let truth = (0..<3).map { _ in
        (0..<numbers.integer(0...4)).map { _ in
          LabeledBox(
            box: numbers.box(), classIndex: numbers.integer(1...logitCount - 1),
            isCrowd: numbers.integer(0...3) == 0)
        }
      }
      let logits = numbers.floats(300 * logitCount, -9...9)
      let offsets = numbers.floats(1200, -1...1)
      let (fast, plain) = try answers(
        term, logits: logits, offsets: offsets, boxes: boxes, truth: truth)
      #expect(fast.result.usesKernels && !plain.result.usesKernels)
      #expect(fast.result.images == plain.result.images)
      #expect(abs(fast.result.loss - plain.result.loss) <= 1e-6 * plain.result.loss)
      let largest = plain.logitGradient.map(abs).max() ?? 0
      for (found, expected) in zip(fast.logitGradient, plain.logitGradient) {
        #expect(abs(Double(found) - expected) <= 3e-6 * largest, "\(logitCount) logits")
      }
      for (found, expected) in zip(fast.offsetGradient, plain.offsetGradient) {
        #expect(abs(Double(found) - expected) <= 1e-5)
      }
    }
  }

  // Beyond the exponential's range, at infinities and NaN: the definitions in the same precision.
  @Test(arguments: terms.indices) func largeLogitsAndThoseThatAreNotFinite(index: Int) throws {
    let term = Self.terms[index]
    let special: [Float] = [
      0, -0.0, 86, -86, 88, -88, 104, -104, 1e5, -1e5, 3e38, -3e38, .infinity, -.infinity, 0x1p-140,
      .nan,
    ]
    var numbers = SeededNumbers(50)
    let boxes = try numbers.defaultBoxes(16)
    for value in special {
      for logitCount in [2, 12] {
        var logits = [Float](repeating: 0.5, count: 16 * logitCount)
        logits[3 * logitCount + 1] = value
        let offsets = [Float](repeating: 0, count: 64)
        let (fast, plain) = try answers(
          term, logits: logits, offsets: offsets, boxes: boxes, truth: [[]])
        let (found, expected) = (fast.result.loss, plain.result.loss)
        #expect(
          found == expected || (found.isNaN && expected.isNaN)
            || abs(found - expected) <= 1e-6 * expected, "\(value): \(found), \(expected)")
        for (found, expected) in zip(fast.logitGradient, plain.logitGradient) {
          #expect(
            (found.isNaN && expected.isNaN) || abs(Double(found) - expected) <= 1e-5,
            "\(term), \(value): \(found), \(expected)")
        }
      }
    }
  }

  @Test func theThreadCountChangesNoBit() throws {
    var numbers = SeededNumbers(51)
    let boxes = DefaultBoxes(DefaultBoxPreset.ssdlite320.specification())
    let truth = (0..<5).map { _ in [LabeledBox(box: numbers.box(), classIndex: 1)] }
    let logits = numbers.floats(5 * boxes.count * 4, -4...4)
    let offsets = numbers.floats(5 * boxes.count * 4, -1...1)
    func answer(_ threads: Int) throws -> MultiBoxLoss.ValueAndGradients<Float> {
      try MultiBoxLoss(assigner: .taskAligned(), confidence: .varifocal()).valueAndGradients(
        logits: logits, offsets: offsets, imageCount: 5, defaultBoxes: boxes, groundTruth: truth,
        threadCount: threads)
    }
    let one = try answer(1)
    for threads in 2...6 { #expect(try answer(threads) == one) }
  }
}
