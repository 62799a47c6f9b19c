import Foundation
import TestSupport
import Testing

@testable import MultiBox

/// The fast computation against the plain one, on seeded random input.
struct FastLossTests {
  private struct Batch {
    let defaultBoxes: DefaultBoxes
    let logitCount: Int
    var logits: [Float]
    var offsets: [Float]
    var groundTruth: [[LabeledBox]]

    /// - Parameter spread: of the logits; the background's stand above the others, as in a network
    ///   that has learned something.
    init(
      _ numbers: inout SeededNumbers, images: Int, defaultBoxes: DefaultBoxes, logitCount: Int,
      objects: ClosedRange<Int> = 0...6, spread: Double = 4
    ) {
      self.defaultBoxes = defaultBoxes
      self.logitCount = logitCount
      let rows = images * defaultBoxes.count
      logits = numbers.logits(rows: rows, logitCount: logitCount, spread: spread)
      offsets = numbers.floats(rows * 4, -2...2)
      groundTruth = (0..<images).map { _ in
        (0..<numbers.integer(objects)).map { _ in
          LabeledBox(
            box: numbers.box(), classIndex: numbers.integer(1...logitCount - 1),
            isCrowd: numbers.integer(0...9) == 0)
        }
      }
    }

    var shape: BatchShape {
      get throws {
        try BatchShape(
          logits: logits.count, offsets: offsets.count, imageCount: groundTruth.count,
          defaultBoxes: defaultBoxes.count, groundTruth: groundTruth.count,
          logitGradient: nil, offsetGradient: nil)
      }
    }
  }

  private struct Answer {
    var result: MultiBoxLoss.Result?
    var logitGradient: [Float]
    var offsetGradient: [Float]
  }

  /// - Parameter displacement: elements before the beginning of each buffer.
  private func answer(
    _ batch: Batch, _ loss: MultiBoxLoss, isFast: Bool, displacement: Int = 0,
    threadCount: Int = 1
  ) throws -> Answer {
    let shape = try batch.shape
    let assignments = try loss.assignments(
      groundTruth: batch.groundTruth, defaultBoxes: batch.defaultBoxes)
    // What was there before must not show: NaN in all of it.
    let filler = [Float](repeating: .nan, count: displacement)
    var logitGradient = filler + [Float](repeating: .nan, count: batch.logits.count) + [7]
    var offsetGradient = filler + [Float](repeating: .nan, count: batch.offsets.count) + [7]
    let result = (filler + batch.logits).withUnsafeBufferPointer { logits in
      (filler + batch.offsets).withUnsafeBufferPointer { offsets in
        logitGradient.withUnsafeMutableBufferPointer { logitGradient in
          offsetGradient.withUnsafeMutableBufferPointer { offsetGradient in
            let input = (
              UnsafeBufferPointer(rebasing: logits[displacement...]),
              UnsafeBufferPointer(rebasing: offsets[displacement...])
            )
            let gradients = (
              UnsafeMutableBufferPointer(rebasing: logitGradient[displacement...].dropLast()),
              UnsafeMutableBufferPointer(rebasing: offsetGradient[displacement...].dropLast())
            )
            let batch = LossBatch(
              logits: input.0, offsets: input.1, shape: shape,
              defaultBoxes: batch.defaultBoxes, groundTruth: batch.groundTruth,
              assignments: assignments,
              normalizer: loss.normalization.normalizer(
                positives: assignments.reduce(0) { $0 + $1.positiveCount },
                images: batch.groundTruth.count),
              logitGradient: gradients.0, offsetGradient: gradients.1)
            return isFast
              ? loss.evaluatedByKernels(batch, threadCount: threadCount)
              : loss.evaluatedPlainly(batch, threadCount: threadCount)
          }
        }
      }
    }
    #expect(logitGradient.last == 7 && offsetGradient.last == 7)
    return Answer(
      result: result, logitGradient: [Float](logitGradient[displacement...].dropLast()),
      offsetGradient: [Float](offsetGradient[displacement...].dropLast()))
  }

  /// - Parameter tolerance: relative, of the value and of the gradient's largest element.
  private func compare(
    _ batch: Batch, _ loss: MultiBoxLoss = MultiBoxLoss(),
    tolerance: Double = 1e-6, displacement: Int = 0, _ comment: Comment = ""
  ) throws {
    let plain = try answer(batch, loss, isFast: false)
    let fast = try answer(batch, loss, isFast: true, displacement: displacement)
    let expected = try #require(plain.result)
    let found = try #require(fast.result, comment)
    #expect(found.images == expected.images, comment)
    for part in [\MultiBoxLoss.Result.loss, \.localization, \.confidence] {
      let (found, expected) = (found[keyPath: part], expected[keyPath: part])
      let isClose =
        found == expected || found.isNaN && expected.isNaN
        || abs(found - expected) <= tolerance * max(1, abs(expected))
      #expect(isClose, comment)
    }
    #expect(fast.offsetGradient.isSame(as: plain.offsetGradient), comment)
    let isClose = fast.logitGradient.isClose(
      to: plain.logitGradient, tolerance: tolerance * plain.logitGradient.largestFinite)
    #expect(isClose, comment)
    // Where only one has a gradient, another set was mined.
    #expect(rows(fast, batch) == rows(plain, batch), comment)
  }

  /// The default boxes that have a gradient.
  private func rows(_ answer: Answer, _ batch: Batch) -> [Int] {
    answer.logitGradient.nonZeroRows(width: batch.logitCount)
  }

  private func boxes(_ numbers: inout SeededNumbers, _ count: Int) throws -> DefaultBoxes {
    try numbers.defaultBoxes(count)
  }

  @Test(arguments: 2...100) func everyNumberOfLogits(logitCount: Int) throws {
    var numbers = SeededNumbers(UInt64(logitCount))
    for count in [16, 17, 31, 150, 333] {
      let batch = Batch(
        &numbers, images: 3, defaultBoxes: try boxes(&numbers, count), logitCount: logitCount,
        spread: [1, 4].randomElement(using: &numbers) ?? 1)
      for preset in LossPreset.allCases {
        try compare(batch, preset.loss, "\(count) boxes, \(preset)")
      }
      for displacement in 1...3 {
        try compare(batch, displacement: displacement, "displaced by \(displacement)")
      }
    }
  }

  @Test(arguments: DefaultBoxPreset.allCases) func everyDefaultBoxPreset(
    preset: DefaultBoxPreset
  ) throws {
    var numbers = SeededNumbers(11)
    let batch = Batch(
      &numbers, images: 3, defaultBoxes: DefaultBoxes(preset.specification()), logitCount: 5,
      objects: 4...40)
    for preset in LossPreset.allCases { try compare(batch, preset.loss) }
  }

  // The rough exponential ends at ±44.36, the vector softmax at ±43.
  @Test func largeLogitsAndThoseThatAreNotFinite() throws {
    var numbers = SeededNumbers(12)
    let special: [Float] = [
      .infinity, -.infinity, .nan, 43, -43, 43.001, -43.001, 44.2, -44.2, 44.4, -44.4, 60, -60, 100,
      -100, 1e30,
      -1e30, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0x1p-140, -0.0,
    ]
    for round in 0..<60 {
      let logitCount = [2, 7, 16, 21, 33][round % 5]
      var batch = Batch(
        &numbers, images: 2, defaultBoxes: try boxes(&numbers, 333), logitCount: logitCount,
        spread: round % 7 == 0 ? 44 : 3)
      // From one element to most rows.
      for _ in 0..<[1, 3, 30, 2000][round % 4] {
        let position = numbers.integer(0...batch.logits.count - 1)
        let value = special.randomElement(using: &numbers) ?? 0
        batch.logits[position] = value
        if numbers.integer(0...3) == 0 {
          // A whole row.
          let first = position / logitCount * logitCount
          for index in first..<first + logitCount { batch.logits[index] = value }
        }
      }
      for _ in 0..<round % 3 {
        batch.offsets[numbers.integer(0...batch.offsets.count - 1)] =
          special.randomElement(using: &numbers) ?? 0
      }
      for preset in LossPreset.allCases {
        try compare(batch, preset.loss, "round \(round)")
      }
    }
  }

  @Test func tiesGoToTheLowerIndex() throws {
    var numbers = SeededNumbers(13)
    for logitCount in [2, 5, 21] {
      var batch = Batch(
        &numbers, images: 2, defaultBoxes: try boxes(&numbers, 400), logitCount: logitCount,
        objects: 2...5)
      // A few rows, again and again, and rows that differ in the last bit only.
      for row in 0..<800 {
        for index in 0..<logitCount {
          let value = batch.logits[row % 5 * logitCount + index]
          batch.logits[row * logitCount + index] = row % 7 == 0 ? value.nextUp : value
        }
      }
      for preset in LossPreset.allCases { try compare(batch, preset.loss) }
      batch.logits = [Float](repeating: 0, count: batch.logits.count)
      for preset in LossPreset.allCases { try compare(batch, preset.loss) }
    }
  }

  @Test func imagesWithoutObjectsAndWithCrowdsAlone() throws {
    var numbers = SeededNumbers(14)
    let crowd = LabeledBox(box: numbers.box(), classIndex: 1, isCrowd: true)
    for minimum in [0, 1, 10, 332, 333, 1000] {
      var batch = Batch(
        &numbers, images: 4, defaultBoxes: try boxes(&numbers, 333), logitCount: 4)
      batch.groundTruth[0] = []
      batch.groundTruth[2] = [crowd]
      for var loss in LossPreset.allCases.map(\.loss) {
        loss.confidence = .softmax(mining: HardNegativeMining(minimumNegatives: minimum))
        try compare(batch, loss)
        batch.groundTruth = batch.groundTruth.map { _ in [] }
        try compare(batch, loss)
      }
    }
    // No image at all is the plain one's.
    let none = Batch(
      &numbers, images: 0, defaultBoxes: try boxes(&numbers, 333), logitCount: 4)
    #expect(try answer(none, MultiBoxLoss(), isFast: true).result == nil)
  }

  @Test(arguments: AllParts.localizations) func everyLocalization(name: String) throws {
    var numbers = SeededNumbers(15)
    for isForced in [false, true] {
      for ratio in [0, 0.5, 3, 1e9] {
        for threshold in [0, 0.3, 0.5, 0.9] {
          let batch = Batch(
            &numbers, images: 2, defaultBoxes: try boxes(&numbers, 100), logitCount: 6)
          try compare(
            batch,
            MultiBoxLoss(
              assigner: isForced
                ? .forced(overlapThreshold: threshold)
                : .bipartite(overlapThreshold: threshold, negativeOverlap: 0.4),
              confidence: .softmax(
                mining: HardNegativeMining(
                  negativesPerPositive: ratio, countsMinedPositivesTwice: true)),
              localization: AllParts.localization(name), alpha: 1.7,
              normalization: numbers.integer(0...1) == 0 ? .batch : .perImage,
              ignoredRegionOverlap: 0.5))
        }
      }
    }
  }

  @Test func theThreadCountChangesNoBit() throws {
    var numbers = SeededNumbers(16)
    let batch = Batch(
      &numbers, images: 7, defaultBoxes: DefaultBoxes(DefaultBoxPreset.ssdlite320.specification()),
      logitCount: 9)
    let one = try answer(batch, MultiBoxLoss(), isFast: true)
    for threadCount in 2...8 {
      let more = try answer(batch, MultiBoxLoss(), isFast: true, threadCount: threadCount)
      #expect(more.result == one.result)
      #expect(more.logitGradient == one.logitGradient)
      #expect(more.offsetGradient == one.offsetGradient)
    }
  }

  @Test func whatOnlyThePlainComputationDoes() throws {
    var numbers = SeededNumbers(17)
    let batch = Batch(
      &numbers, images: 2, defaultBoxes: try boxes(&numbers, 50), logitCount: 3)
    #expect(
      try answer(batch, MultiBoxLoss(confidence: .sigmoid()), isFast: true).result == nil)
    let few = Batch(&numbers, images: 2, defaultBoxes: try boxes(&numbers, 15), logitCount: 3)
    #expect(try answer(few, MultiBoxLoss(), isFast: true).result == nil)
  }
}
