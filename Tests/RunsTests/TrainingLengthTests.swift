import Files
import Foundation
import TestSupport
import Testing
import TrainingInput

@testable import Runs

struct TrainingLengthTests {
  static func configuration(
    epochs: Int, batchSize: Int = 8, every interval: Int = 10, limit: Int? = nil
  ) -> TrainingConfiguration {
    var result = TrainingConfiguration(
      data: TrainingDataSource(
        paths: ["photos"], format: .voc, validationSplit: "val", classNames: ["cat"]),
      optimization: TrainingConfiguration.Optimization(optimizer: .sgd))
    result.optimization.epochs = epochs
    result.optimization.batchSize = batchSize
    result.optimization.maximumIterations = limit
    result.execution.validationInterval = interval
    return result
  }

  // 292 / 8 = 36.5; 60 · 36 = 2160.
  @Test func iterationsFollowFromImagesAndBatch() {
    let length = TrainingLength(Self.configuration(epochs: 60), imageCount: 292)
    #expect(length.iterationsPerEpoch == 36 && length.epochs == 60)
    #expect(length.scheduledIterations == 2160 && length.iterations == 2160)
    #expect([1, 36, 37, 2160].map(length.epoch(of:)) == [1, 1, 2, 60])
    let few = TrainingLength(Self.configuration(epochs: 3), imageCount: 5)
    #expect(few.iterationsPerEpoch == 1 && few.iterations == 3)
    // 292 / (8 · 4) = 9.125.
    var accumulated = Self.configuration(epochs: 60)
    accumulated.optimization.accumulation = 4
    #expect(TrainingLength(accumulated, imageCount: 292).iterationsPerEpoch == 9)
    #expect(TrainingLength(accumulated, imageCount: 31).iterationsPerEpoch == 1)
    let limited = TrainingLength(Self.configuration(epochs: 60, limit: 100), imageCount: 292)
    #expect(limited.scheduledIterations == 2160 && limited.iterations == 100)
  }

  // After epochs 10 and 20, and at the end; 100 steps end in the third epoch of 36.
  @Test(
    arguments: [
      (25, 10, nil, [10, 20, 25]), (20, 10, nil, [10, 20]), (25, 0, nil, [25]),
      (3, 10, nil, [3]), (25, 2, 100, [2, 3]),
    ] as [(Int, Int, Int?, [Int])])
  func theEndIsMeasuredAndEverySoManyEpochs(
    epochs: Int, interval: Int, limit: Int?, expected: [Int]
  ) {
    let length = TrainingLength(
      Self.configuration(epochs: epochs, every: interval, limit: limit), imageCount: 292)
    let ends = (1...epochs).map { min($0 * 36, length.iterations) }
    let measured = Set(ends.filter(length.isMeasured(after:))).map(length.epoch(of:)).sorted()
    #expect(measured == expected)
    #expect(length.measurementCount == expected.count)
  }

  // By hand, as for 36 steps an epoch; at 60 % of the cosine's 2160 steps it has not begun to rise
  // again at 60 % of 3600.
  @Test func aRunIsMadeLonger() throws {
    let old = Self.configuration(epochs: 60)
    var new = try old.lengthened(toEpochs: 100, path: "c")
    #expect(new.optimization.epochs == 100)
    new.optimization.epochs = 60
    #expect(new == old)
    #expect(try old.lengthened(toEpochs: nil, path: "c") == old)

    var position = TrainingPosition()
    position.iteration = 2160
    position.measurementsWithoutRise = 2
    let note = try lengthen(&position, old, toEpochs: 100)
    // .02 · (.01 + .99 · (1 + cos(π · 1660 / 3100)) / 2) = .00899, for a warm-up of 500 steps.
    #expect(
      note
        == "epochs 60 -> 100; the schedule is stretched to step 3600: the rate goes on at 0.009,"
        + " not 0.0002")
    #expect(position.measurementsWithoutRise == nil && position.isToBeEvaluated == nil)
  }

  private func lengthen(
    _ position: inout TrainingPosition, _ old: TrainingConfiguration, toEpochs epochs: Int
  ) throws -> String {
    let new = try old.lengthened(toEpochs: epochs, path: "c")
    return try position.lengthen(
      old, TrainingLength(old, imageCount: 292), to: new, TrainingLength(new, imageCount: 292),
      path: "c")
  }

  @Test func aRunIsNotMadeShorterThanWhatIsDone() throws {
    let old = Self.configuration(epochs: 60, every: 50)
    var position = TrainingPosition()
    position.iteration = 40 * 36 + 1
    let error = #expect(throws: FileError.self) {
      try lengthen(&position, old, toEpochs: 40)
    }
    #expect(
      error?.description
        == "c: optimization.epochs: expected 41 or more, because so many are begun or done,"
        + " found 40")
    // What was not to be measured is measured at the new end, once.
    position.iteration = 40 * 36
    #expect(
      try lengthen(&position, old, toEpochs: 40) == "epochs 60 -> 40; all of them are done")
    #expect(position.isToBeEvaluated == true)
    position.iteration = 50 * 36
    position.isToBeEvaluated = nil
    _ = try lengthen(&position, old, toEpochs: 50)
    #expect(position.isToBeEvaluated == nil)
  }

  // In the warm-up the rate does not depend on the end.
  @Test func aLimitOfStepsFalls() throws {
    let old = Self.configuration(epochs: 60, limit: 100)
    var position = TrainingPosition()
    position.iteration = 100
    #expect(
      try lengthen(&position, old, toEpochs: 60)
        == "epochs 60 -> 60, no longer ended after 100 steps; the schedule is stretched to step 2160"
    )
    let error = #expect(throws: FileError.self) { try old.lengthened(toEpochs: 0, path: "c") }
    #expect(error?.reason == "optimization.epochs: expected 1 to 1000000, found 0")
  }
}
