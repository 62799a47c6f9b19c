import Datasets
import Foundation
import MultiBox
import Runs
import SSDModels
import TestSupport
import Testing
import Torch
import TrainingInput

@testable import SSDTraining

extension TrainingTests {
  @Suite struct Accumulation {
    private let shapes = ShapesSpecification(imageCount: 14, side: 64, seed: 4).dataset(
      split: "train")

    private func configuration(
      batchSize: Int, accumulation: Int, loss: MultiBoxLoss = MultiBoxLoss()
    ) -> TrainingConfiguration {
      var result = TrainingConfiguration(
        data: TrainingDataSource(
          paths: ["shapes"], format: .shapes, classNames: ShapesSpecification.classNames),
        network: TrainingConfiguration.Network(.ssdCompact, imageSide: 64), loss: loss,
        augmentation: .none,
        // Its first velocity is the gradient.
        optimization: TrainingConfiguration.Optimization(optimizer: .sgd),
        execution: TrainingConfiguration.Execution(threadCount: 2, validationInterval: 0))
      result.optimization.epochs = 2
      result.optimization.batchSize = batchSize
      result.optimization.accumulation = accumulation
      result.optimization.learningRate = LearningRateSchedule(
        base: 0.01, warmUpIterations: 2, shape: .cosine)
      return result
    }

    private struct Answer {
      let result: TrainingStep.Result
      /// v of a first step without decay: the gradient.
      let gradients: [[Float]]
      let weights: [[Float]]
    }

    /// A first step of a network without normalizations, by twelve images in so many batches.
    private func answer(batches count: Int, _ loss: MultiBoxLoss) throws -> Answer {
      var configuration = configuration(batchSize: 12 / count, accumulation: count, loss: loss)
      configuration.optimization.weightDecay = 0
      configuration.optimization.gradientLimit = 0
      configuration.execution.threadCount = 1
      let loader = BatchLoader(
        epoch: 0, startingAt: 0, of: TrainingData(configuration.data, training: shapes),
        configuration)
      var batches: [Batch] = []
      while batches.count < count, let batch = try loader.next() { batches.append(batch) }
      #expect(batches.reduce(0) { $0 + $1.count } == 12)
      try TorchRuntime.setThreadCount(1)
      let step = try TrainingStep(
        PlainBackbone.network(), loss: loss, optimization: configuration.optimization,
        execution: configuration.execution)
      let result = try step(batches, iteration: 0, rate: 0.01)
      return Answer(
        result: result,
        gradients: try step.optimizer.state.map { try $0.tensor.floats() },
        weights: try step.network.store.variables.map { try $0.tensor.floats() })
    }

    // Twelve images at once against two to twelve batches of them: N is that of all.
    @Test(arguments: [2, 4, 12], LossNormalization.allCases)
    func batchesHaveTheGradientOfOne(count: Int, normalization: LossNormalization) throws {
      for loss in [
        MultiBoxLoss(normalization: normalization),
        MultiBoxLoss(
          assigner: .taskAligned(), confidence: .qualityFocal(), localization: .boxes(.giou),
          alpha: 2, normalization: normalization, classWeights: ClassWeights([1, 3, 0.5, 1])),
      ] {
        let whole = try answer(batches: 1, loss)
        let found = try answer(batches: count, loss)
        #expect(found.result.loss.images == whole.result.loss.images)
        #expect(found.result.loss.positives > 12)
        let value = whole.result.loss
        for part in [
          \.loss, \.localization, \.confidence, \.localizationSum, \.confidenceSum,
        ] as [KeyPath<MultiBoxLoss.Result, Double>] {
          let (a, b) = (found.result.loss[keyPath: part], value[keyPath: part])
          #expect(abs(a - b) <= 1e-5 * abs(b))
        }
        let norm = whole.result.gradientNorm
        #expect(norm > 0 && abs(found.result.gradientNorm - norm) <= 1e-5 * norm)
        let largest = whole.gradients.joined().reduce(0) { max($0, abs($1)) }
        let difference = zip(found.gradients.joined(), whole.gradients.joined()).reduce(0) {
          max($0, abs($1.0 - $1.1))
        }
        #expect(largest > 0 && difference <= 1e-5 * largest, "\(difference) of \(largest)")
        let moved = zip(found.weights.joined(), whole.weights.joined()).reduce(0) {
          max($0, abs($1.0 - $1.1))
        }
        #expect(moved <= 1e-5 * max(1, 0.01 * largest), "\(moved)")
      }
    }

    // A norm above the limit is shortened after the division, as one batch's is.
    @Test func theNormIsLimitedAfterTheDivision() throws {
      func norms(_ count: Int) throws -> (before: Double, after: Double) {
        var configuration = configuration(batchSize: 12 / count, accumulation: count)
        configuration.optimization.weightDecay = 0
        configuration.optimization.gradientLimit = 1e-3
        let loader = BatchLoader(
          epoch: 0, startingAt: 0, of: TrainingData(configuration.data, training: shapes),
          configuration)
        let batches = try (0..<count).map { _ in try #require(try loader.next()) }
        let step = try TrainingStep(
          PlainBackbone.network(), loss: MultiBoxLoss(),
          optimization: configuration.optimization, execution: configuration.execution)
        let norm = try step(batches, iteration: 0, rate: 0.01).gradientNorm
        let squares = try step.optimizer.state.flatMap { try $0.tensor.floats() }
          .reduce(0.0) { $0 + Double($1) * Double($1) }
        return (norm, squares.squareRoot())
      }
      let (one, three) = (try norms(1), try norms(3))
      #expect(one.before > 0.01 && abs(three.before - one.before) <= 1e-4 * one.before)
      #expect(abs(one.after - 1e-3) < 1e-6 && abs(three.after - 1e-3) < 1e-6)
    }

    // 14 images in batches of 2, three a step: two steps an epoch, one batch is left out. Eight of
    // them would be a step of the seven that there are.
    @Test(arguments: [(3, 2, 6), (8, 1, 14)])
    func anEpochHasWholeSteps(accumulation: Int, steps: Int, images: Int) throws {
      try withFolder { path in
        let configuration = configuration(batchSize: 2, accumulation: accumulation)
        var totals: [Int] = []
        var perImage: [Double] = []
        let trainer = try Trainer(
          configuration, data: TrainingData(configuration.data, training: shapes),
          folder: RunFolder(path: path))
        let outcome = try trainer.run(observe: {
          if case .iteration(let report) = $0 {
            totals.append(report.total)
            perImage.append(report.positivesPerImage * Double(images))
          }
        })
        #expect(outcome == .finished)
        #expect(totals == Array(repeating: 2 * steps, count: 2 * steps))
        // Whole numbers of positives, where they are told by so many images.
        #expect(perImage.allSatisfy { abs($0 - $0.rounded()) < 1e-9 && $0 > 0 })
      }
    }

    @Test(arguments: [1, 3]) func aResumedRunEndsWithTheSameBits(stopAfter: Int) throws {
      try withFolder { path in
        let configuration = configuration(batchSize: 2, accumulation: 3)
        let data = TrainingData(configuration.data, training: shapes)
        func train(_ name: String, stopAfter: Int = .max) throws -> Data? {
          let folder = RunFolder(path: "\(path)/\(name)")
          var count = 0
          _ = try Trainer(configuration, data: data, folder: folder).run(
            shouldStop: { count >= stopAfter },
            observe: { if case .iteration = $0 { count += 1 } })
          return FileManager.default.contents(atPath: folder.weightsPath)
        }
        let whole = try train("whole")
        #expect(try train("stopped", stopAfter: stopAfter) == nil)
        #expect(whole != nil)
        #expect(try train("stopped") == whole)
      }
    }
  }
}
