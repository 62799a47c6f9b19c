import MultiBox
import Runs
import Testing

@testable import SSDTraining

struct EpochSumsTests {
  private func result(lossSeconds: Double) -> TrainingStep.Result {
    TrainingStep.Result(
      loss: MultiBoxLoss.Result(joining: [], normalizer: 1), gradientNorm: 3,
      lossSeconds: lossSeconds)
  }

  // 0.5 + 0.25 of 1 + 2 seconds.
  @Test func theLossHasItsShareOfTheTime() {
    var sums = EpochSums()
    #expect(sums.metrics(iteration: 0, epoch: 1, learningRate: 1).lossShare == nil)
    sums.add(result(lossSeconds: 0.5), seconds: 1)
    sums.add(result(lossSeconds: 0.25), seconds: 2)
    let metrics = sums.metrics(iteration: 2, epoch: 1, learningRate: 1)
    #expect(metrics.lossShare == 0.25)
    #expect(metrics.gradientNorm == 3)
  }
}
