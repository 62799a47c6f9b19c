import Datasets
import Files
import Foundation
import ModelFiles
import MultiBox
import Runs
import SSDModels
import TestSupport
import Testing
import Torch
import TrainingInput

@testable import SSDTraining

extension TrainingTests {
  @Suite struct AdamWTraining {
    private let shapes = ShapesSpecification(imageCount: 14, side: 64, seed: 4).dataset(
      split: "train")

    /// Steps of two batches of two images.
    private func configuration(_ optimizer: OptimizerKind = .adamw) -> TrainingConfiguration {
      var result = TrainingConfiguration(
        data: TrainingDataSource(
          paths: ["shapes"], format: .shapes, classNames: ShapesSpecification.classNames),
        network: TrainingConfiguration.Network(.ssdCompact, imageSide: 64), augmentation: .none,
        execution: TrainingConfiguration.Execution(threadCount: 2, validationInterval: 0))
      result.optimization = TrainingConfiguration.Optimization(
        epochs: 2, batchSize: 2, accumulation: 2, optimizer: optimizer)
      result.optimization.learningRate.warmUpIterations = 2
      return result
    }

    private func train(
      _ folder: RunFolder, _ configuration: TrainingConfiguration, stopAfter: Int = .max
    ) throws -> Data? {
      var count = 0
      _ = try Trainer(
        configuration, data: TrainingData(configuration.data, training: shapes), folder: folder
      ).run(
        shouldStop: { count >= stopAfter },
        observe: { if case .iteration = $0 { count += 1 } })
      return FileManager.default.contents(atPath: folder.weightsPath)
    }

    // Six steps. A number of steps that was forgotten would make the first ones after it too large.
    @Test(arguments: [1, 4]) func aResumedRunEndsWithTheSameBits(stopAfter: Int) throws {
      try withFolder { path in
        let whole = try train(RunFolder(path: path + "/whole"), configuration())
        #expect(whole != nil)
        let stopped = RunFolder(path: path + "/stopped")
        #expect(try train(stopped, configuration(), stopAfter: stopAfter) == nil)
        let names = try Safetensors(contentsOf: stopped.checkpointPath).arrays.keys
        let (means, squares) = (
          names.count { $0.hasPrefix("means.") }, names.count { $0.hasPrefix("squares.") }
        )
        #expect(means > 50 && squares == means)
        #expect(!names.contains { $0.hasPrefix("velocities.") })
        #expect(try train(stopped, configuration()) == whole)
      }
    }

    @Test func aCheckpointOfTheOtherOptimizerIsNamed() throws {
      try withFolder { path in
        let folder = RunFolder(path: path)
        _ = try train(folder, configuration(.sgd), stopAfter: 1)
        let text = try String(contentsOfFile: folder.configurationPath, encoding: .utf8)
        let edited = text.replacing(#""optimizer" : "sgd""#, with: #""optimizer" : "adamw""#)
        #expect(edited != text)
        try Data(edited.utf8).write(to: URL(fileURLWithPath: folder.configurationPath))
        var changed = configuration(.sgd)
        changed.optimization.optimizer = .adamw
        #expect(
          #expect(throws: FileError.self) { try train(folder, changed) }?.description
            == "\(folder.checkpointPath): means.0.0: missing")
      }
    }

    /// Weights and state after a first step at the rate .01, of a gradient whose norm is limited.
    private func firstStep(
      _ optimizer: OptimizerKind, decay: Double
    ) throws -> (before: [[Float]], weights: [[Float]], step: TrainingStep) {
      var configuration = configuration(optimizer)
      configuration.optimization.weightDecay = decay
      configuration.optimization.gradientLimit = 1e-3
      configuration.execution.threadCount = 1
      try TorchRuntime.setThreadCount(1)
      let loader = BatchLoader(
        epoch: 0, startingAt: 0, of: TrainingData(configuration.data, training: shapes),
        configuration)
      let batches = try (0..<2).map { _ in try #require(try loader.next()) }
      let step = try TrainingStep(
        PlainBackbone.network(), loss: MultiBoxLoss(), optimization: configuration.optimization,
        execution: configuration.execution)
      let before = try step.optimizer.parameters.map { try $0.floats() }
      #expect(try step(batches, iteration: 0, rate: 0.01).gradientNorm > 0.01)
      return (before, try step.optimizer.parameters.map { try $0.floats() }, step)
    }

    // v of SGD's first step without decay is the gradient g, limited and of both batches: m is
    // .1 · g, and w·(1 − .01 · decay) − .01 · g / (|g| + ε) the weight, of convolutions alone with
    // decay.
    @Test func aStepFollowsTheFormulaWithTheGradientOfSGD() throws {
      let gradients = try firstStep(.sgd, decay: 0).step.optimizer.state.map {
        try $0.tensor.floats()
      }
      let found = try firstStep(.adamw, decay: 2)
      let optimizer = try #require(found.step.optimizer as? AdamW)
      #expect(optimizer.groups.map(\.weightDecay) == [2, 0])
      let means = try optimizer.groups.flatMap(\.means).map { try $0.floats() }
      let decaying = optimizer.groups[0].parameters.count
      #expect(decaying > 0 && decaying < gradients.count)
      var (moved, meanError, weightError) = (0, 0.0, 0.0)
      for (position, gradient) in gradients.enumerated() {
        for (index, g) in gradient.enumerated() {
          let g = Double(g)
          meanError = max(meanError, abs(Double(means[position][index]) - 0.1 * g))
          let kept = Double(found.before[position][index]) * (position < decaying ? 0.98 : 1)
          let expected = kept - 0.01 * g / (abs(g) + 1e-8)
          weightError = max(
            weightError, abs(Double(found.weights[position][index]) - expected))
          if abs(g) > 1e-6 { moved += 1 }
        }
      }
      #expect(moved > 1000 && meanError < 1e-10 && weightError < 2e-6)
    }
  }
}
