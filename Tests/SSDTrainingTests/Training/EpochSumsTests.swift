import MultiBox
import Runs
import Testing

@testable import SSDTraining

struct EpochSumsTests {
  private func result(
    lossSeconds: Double, norm: Double = 3, isSkipped: Bool = false
  ) -> TrainingStep.Result {
    TrainingStep.Result(
      loss: MultiBoxLoss.Result(joining: [], normalizer: 1), gradientNorm: norm,
      lossSeconds: lossSeconds, isSkipped: isSkipped)
  }

  // 0.5 + 0.25 of 1 + 2 seconds.
  @Test func theLossHasItsShareOfTheTime() {
    var sums = EpochSums()
    #expect(sums.metrics(iteration: 0, epoch: 1, learningRate: 1).lossShare == nil)
    sums.add(result(lossSeconds: 0.5), seconds: 1, inCollectives: nil)
    sums.add(result(lossSeconds: 0.25), seconds: 2, inCollectives: nil)
    let metrics = sums.metrics(iteration: 2, epoch: 1, learningRate: 1)
    #expect(metrics.lossShare == 0.25)
    #expect(metrics.gradientNorm == 3 && metrics.skippedSteps == nil)
  }

  // (0.5 + 1) of three seconds; a run may have gone on with one process.
  @Test func collectivesHaveTheirShareOfTheTime() {
    var sums = EpochSums()
    sums.add(result(lossSeconds: 0), seconds: 1, inCollectives: nil)
    #expect(sums.metrics(iteration: 1, epoch: 1, learningRate: 1).collectiveShare == nil)
    sums.add(result(lossSeconds: 0), seconds: 1, inCollectives: 0.5)
    sums.add(result(lossSeconds: 0), seconds: 1, inCollectives: 1)
    #expect(sums.metrics(iteration: 3, epoch: 1, learningRate: 1).collectiveShare == 0.5)
  }

  // (3 + 5) / 2: what JSON cannot hold is in no mean.
  @Test func stepsThatWereLeftOutAreCountedAndHaveNoNorm() {
    var sums = EpochSums()
    sums.add(result(lossSeconds: 0), seconds: 1, inCollectives: nil)
    sums.add(
      result(lossSeconds: 0, norm: .infinity, isSkipped: true), seconds: 1, inCollectives: nil)
    sums.add(result(lossSeconds: 0, norm: 5), seconds: 1, inCollectives: nil)
    let metrics = sums.metrics(iteration: 3, epoch: 1, learningRate: 1)
    #expect(metrics.gradientNorm == 4)
    #expect(metrics.skippedSteps == 1)
  }
}
