import Datasets
import MultiBox
import Testing

@testable import Runs

struct TrainingPaceTests {
  private let pace = TrainingPace(start: 1, step: 0.2, epoch: 0.8, measurement: 4, export: 2)

  // 292 images in batches of 8 are 36 steps: 1 + 2 + E · (36 · .2 + .8) + M · 4 = 3 + 8 E + 4 M.
  @Test(arguments: [(1, 15.0), (10, 87), (11, 99), (25, 215)])
  func secondsAddUp(epochs: Int, seconds: Double) {
    let length = TrainingLength(
      TrainingLengthTests.configuration(epochs: epochs), imageCount: 292)
    #expect(abs(pace.seconds(length) - seconds) < 1e-9)
  }

  // 5 % of the budget stay free: of 100 s, 95; 10 epochs take 87, 11 take 99.
  @Test(arguments: [(100.0, 10), (87 / 0.95 + 1e-6, 10), (87 / 0.95 - 1e-6, 9), (3, 1), (-5, 1)])
  func asManyEpochsAreTakenAsEndInTime(budget: Double, epochs: Int) {
    #expect(
      pace.epochs(
        within: budget, of: TrainingLengthTests.configuration(epochs: 7), imageCount: 292)
        == epochs)
  }

  @Test func theEpochsHaveALimit() {
    let fast = TrainingPace(step: 0)
    #expect(
      fast.epochs(
        within: 1, of: TrainingLengthTests.configuration(epochs: 7), imageCount: 8)
        == TrainingConfiguration.Limits.epochs.upperBound)
  }

  private func step(_ epoch: Int) -> TrainingEvent {
    .iteration(
      IterationReport(
        done: 1, total: 9, epoch: epoch, epochs: 9, loss: 1, localization: 1, confidence: 1,
        positivesPerImage: 1, imagesPerSecond: 1, learningRate: 1))
  }

  private func trained(_ epoch: Int) -> TrainingEvent {
    .trained(
      TrainingMetrics(
        iteration: 1, epoch: epoch, loss: 1, localization: 1, confidence: 1, positivesPerImage: 1,
        learningRate: 1, gradientNorm: 1, imagesPerSecond: 1))
  }

  private func evaluated(_ split: String) -> TrainingEvent {
    let nothing = DetectionDataset(classNames: ["a"], images: [])
    return .evaluated(
      EvaluationMetrics(
        iteration: 1, epoch: 1, split: split, selects: false, ap: 0, ap50: 0, ap75: 0,
        perClass: [:]),
      Evaluation(
        dataset: nothing, matched: MatchedImages([]),
        summary: COCOAveragePrecision(classCount: 1, threadCount: 1).summary(of: []), isKept: false)
    )
  }

  // Two steps that do not count, then steps of 2 s, first ones of 5 s, ends of 1 s.
  @Test func eventsGiveThePace() {
    var recorder = PaceRecorder(
      startingAt: 10, warmUpSteps: 2, imageCounts: ["val": 30, "test": 4])
    var now = 10.0
    for (event, seconds) in [
      (step(1), 99.0), (step(1), 50), (step(1), 2), (trained(1), 1), (step(2), 5), (step(2), 2),
      (step(2), 2), (trained(2), 1),
    ] {
      now += seconds
      recorder.record(event, at: now)
      #expect(!recorder.isEnough)
    }
    now += 5
    recorder.record(step(3), at: now)
    #expect(recorder.isEnough)

    recorder.beginMeasurement(at: 1000)
    // 3 images in 6 s of 30; 4 in 2 s of 4; then 1 and 2 s for pages, and 3 for the checkpoint.
    recorder.record(.measuring(split: "val", done: 1, total: 3), at: 1005)
    recorder.record(.measuring(split: "val", done: 3, total: 3), at: 1006)
    recorder.record(.measuring(split: "test", done: 4, total: 4), at: 1008)
    recorder.record(evaluated("val"), at: 1009)
    recorder.record(evaluated("test"), at: 1011)
    #expect(
      recorder.pace(measuredUntil: 1014, start: 7, export: 8)
        == TrainingPace(start: 7, step: 2, epoch: 3 + 1, measurement: 60 + 2 + 3 + 3, export: 8))
  }

  // Of images fewer than two batches an epoch is one step.
  @Test func anEpochOfOneStepHasItsSecondsToo() {
    var recorder = PaceRecorder(startingAt: 0, warmUpSteps: 1, imageCounts: [:])
    var now = 0.0
    for epoch in 1...6 {
      now += epoch == 1 ? 70 : 4
      recorder.record(step(epoch), at: now)
      now += 1
      recorder.record(trained(epoch), at: now)
      #expect(recorder.isEnough == (epoch == 6))
    }
    recorder.beginMeasurement(at: now)
    #expect(
      recorder.pace(measuredUntil: now, start: 0, export: 0) == TrainingPace(step: 0, epoch: 5))
  }
}
