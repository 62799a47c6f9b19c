import Datasets
import MultiBox
import Runs
import Testing
import Torch
import TrainingInput

@testable import SSDTraining

/// Scaled steps in float32 on the processor, which rounds the same at every power of two.
extension TrainingTests {
  @Suite struct LossScaleSteps {
    private func step(
      _ scale: LossScale?, batches count: Int = 1
    ) throws -> (TrainingStep, [Batch]) {
      var configuration = TrainingConfiguration(
        data: TrainingDataSource(
          paths: ["shapes"], format: .shapes, classNames: ShapesSpecification.classNames),
        network: TrainingConfiguration.Network(.ssdCompact, imageSide: 64), loss: MultiBoxLoss(),
        augmentation: .none, execution: TrainingConfiguration.Execution(threadCount: 1))
      configuration.optimization.batchSize = 4
      configuration.optimization.accumulation = count
      let shapes = ShapesSpecification(imageCount: 8, side: 64, seed: 4).dataset(split: "train")
      let loader = BatchLoader(
        epoch: 0, startingAt: 0, of: TrainingData(configuration.data, training: shapes),
        configuration)
      let batches = try (0..<count).map { _ in try #require(try loader.next()) }
      try TorchRuntime.setThreadCount(1)
      let step = try TrainingStep(
        PlainBackbone.network(), loss: MultiBoxLoss(),
        optimization: configuration.optimization, execution: configuration.execution)
      #expect(step.lossScale == nil)
      step.lossScale = scale
      return (step, batches)
    }

    private func weights(_ step: TrainingStep) throws -> [[Float]] {
      try step.network.store.variables.map { try $0.tensor.floats() }
    }

    @Test(arguments: [1, 2]) func aPowerOfTwoChangesNothing(batchCount: Int) throws {
      let (plain, batches) = try step(nil, batches: batchCount)
      let (scaled, _) = try step(LossScale(), batches: batchCount)
      let before = try weights(plain)
      for iteration in 0..<2 {
        let expected = try plain(batches, iteration: iteration, rate: 0.01)
        let found = try scaled(batches, iteration: iteration, rate: 0.01)
        #expect(found.gradientNorm == expected.gradientNorm && !found.isSkipped)
      }
      #expect(try weights(scaled) == weights(plain))
      #expect(try weights(plain) != before)
      #expect(scaled.lossScale?.finiteSteps == 2)
    }

    // Undivided sums of dozens of gradients near 1, times 2¹²⁷: float32 ends below 2¹²⁸.
    @Test func anOverflowLeavesTheStepOut() throws {
      let (step, batches) = try step(LossScale(factor: 0x1p127), batches: 2)
      let before = try weights(step)
      let result = try step(batches, iteration: 0, rate: 0.01)
      #expect(result.isSkipped && !result.gradientNorm.isFinite && result.loss.loss.isFinite)
      #expect(try weights(step) == before)
      #expect(step.optimizer.stepCount == 0)
      #expect(step.lossScale?.factor == 0x1p126 && step.lossScale?.skippedSteps == 1)
    }
  }
}
