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
  @Suite struct ProcessTests {
    private static let shapes = ShapesSpecification(imageCount: 18, side: 64, seed: 4).dataset(
      split: "train")
    private static let measured = ShapesSpecification(imageCount: 7, side: 64, seed: 5).dataset(
      split: "train")

    private static func configuration(
      iterations: Int, _ statistics: BatchStatistics = .sync, batchSize: Int = 4,
      accumulation: Int = 1, seed: UInt64 = 3
    ) -> TrainingConfiguration {
      var result = TrainingConfiguration(
        data: TrainingDataSource(
          paths: ["shapes"], format: .shapes, validationSplit: "val",
          classNames: ShapesSpecification.classNames),
        network: TrainingConfiguration.Network(
          name: "plain", imageSide: 64, defaultBoxes: PlainBackbone.defaultBoxes),
        augmentation: .light,
        execution: TrainingConfiguration.Execution(threadCount: 1, validationInterval: 4))
      result.optimization.epochs = 20
      result.optimization.maximumIterations = iterations
      result.optimization.batchSize = batchSize
      result.optimization.accumulation = accumulation
      result.optimization.batchStatistics = statistics
      result.optimization.learningRate = LearningRateSchedule(
        base: 0.0001, warmUpIterations: 4, shape: .cosine)
      // Mined negatives change places for a rounding.
      result.loss.confidence = .focal()
      result.optimization.seed = seed
      return result
    }

    /// Of four layers, for whose weights a rounding stays small: `ssd-compact` makes 6 % of it
    /// within 18 steps, with another number of threads as with another number of processes.
    private static func network(of configuration: TrainingConfiguration) throws -> any SSDNetwork {
      try PlainBackbone.network(seed: configuration.optimization.seed, isNormalized: true)
    }

    /// Trains with so many processes, whose first one has the folder.
    private static func train(
      _ count: Int, _ folder: String, _ configuration: TrainingConfiguration,
      stopAfter limit: Int = .max, stoppedBy rank: Int = 0
    ) throws -> [Trainer.Outcome] {
      let parent = (folder as NSString).deletingLastPathComponent
      return try inProcesses(count, in: parent) { share in
        var done = 0
        let index = share.batches.index
        let trainer = try Trainer(
          configuration,
          data: TrainingData(configuration.data, training: shapes, validation: measured),
          folder: RunFolder(path: share.isFirst ? folder : folder + "-of-others"),
          network: network(of: configuration), share: share)
        return try trainer.run(
          shouldStop: { index == rank && done >= limit },
          observe: { if case .iteration = $0 { done += 1 } })
      }.map { try $0.get() }
    }

    private static func weights(_ folder: String) throws -> [String: [Float]] {
      try Safetensors(contentsOf: RunFolder(path: folder).checkpointPath).arrays.filter {
        $0.key.hasPrefix("weights.")
      }.mapValues { try $0.floats() }
    }

    /// The largest difference of an array, over its largest number.
    private static func difference(_ first: String, _ second: String) throws -> Double {
      let (first, second) = (try weights(first), try weights(second))
      #expect(first.count > 20 && first.keys == second.keys)
      return first.map { name, values in
        let largest = values.reduce(0) { max($0, abs($1)) }
        let difference = zip(values, second[name] ?? []).reduce(0) { max($0, abs($1.0 - $1.1)) }
        return Double(difference) / max(Double(largest), 0.01)
      }.max() ?? .infinity
    }

    @Test(arguments: [2, 3]) func severalHaveTheWeightsOfOne(count: Int) throws {
      try withFolder { path in
        let configuration = Self.configuration(iterations: 50)
        #expect(try Self.train(1, path + "/one", configuration) == [.finished])
        let outcomes = try Self.train(count, path + "/several", configuration)
        #expect(outcomes == Array(repeating: .finished, count: count))
        let difference = try Self.difference(path + "/one", path + "/several")
        #expect(difference > 0 && difference < 1e-4, "\(difference)")
        // They have learned in the meantime.
        _ = try Self.train(1, path + "/short", Self.configuration(iterations: 1))
        #expect(try Self.difference(path + "/short", path + "/one") > 0.01)
        // The first one alone writes.
        #expect(!FileManager.default.fileExists(atPath: path + "/several-of-others"))
        let metrics = try ["one", "several"].map { try RunFolder(path: "\(path)/\($0)").metrics() }
        #expect(metrics[0].count > 12 && metrics[0].count == metrics[1].count)
        for case (.training(let one), .training(let several)) in zip(metrics[0], metrics[1]) {
          #expect(abs(one.loss - several.loss) < 1e-3 * one.loss)
          #expect(abs(one.positivesPerImage - several.positivesPerImage) < 0.1)
          #expect(one.collectiveShare == nil)
          let waited = several.collectiveShare ?? 0
          #expect(waited > 0 && waited < 1)
        }
      }
    }

    @Test func twoRunsOfTwoProcessesHaveTheSameBits() throws {
      try withFolder { path in
        let configuration = Self.configuration(iterations: 12)
        for name in ["a", "b"] { _ = try Self.train(2, "\(path)/\(name)", configuration) }
        let (a, b) = (try Self.weights(path + "/a"), try Self.weights(path + "/b"))
        #expect(a.count > 20 && a == b)
      }
    }

    // Each process with the statistics of its own images is another training.
    @Test func localStatisticsAreAnotherTraining() throws {
      try withFolder { path in
        for (name, statistics) in [("sync", BatchStatistics.sync), ("local", .local)] {
          _ = try Self.train(
            2, "\(path)/\(name)", Self.configuration(iterations: 6, statistics))
        }
        let difference = try Self.difference(path + "/sync", path + "/local")
        #expect(difference > 1e-3, "\(difference)")
      }
    }

    @Test func batchesOfAStepAreSharedOutToo() throws {
      try withFolder { path in
        let configuration = Self.configuration(iterations: 8, accumulation: 2)
        for (name, count) in [("one", 1), ("two", 2)] {
          _ = try Self.train(count, "\(path)/\(name)", configuration)
        }
        let difference = try Self.difference(path + "/one", path + "/two")
        #expect(difference > 0 && difference < 1e-4, "\(difference)")
      }
    }

    // Stopped by a process that is not the first, and resumed by one, three and two.
    @Test func aRunGoesOnWithAnotherNumberOfProcesses() throws {
      try withFolder { path in
        let configuration = Self.configuration(iterations: 24)
        _ = try Self.train(1, path + "/whole", configuration)
        let run = path + "/run"
        for (count, limit) in [(2, 5), (1, 4), (3, 6)] {
          let outcomes = try Self.train(
            count, run, configuration, stopAfter: limit, stoppedBy: count - 1)
          let total = [2: 5, 1: 9, 3: 15][count] ?? 0
          #expect(
            outcomes == Array(repeating: .stopped(iteration: total, total: 24), count: count))
        }
        #expect(try Self.train(2, run, configuration) == [.finished, .finished])
        let difference = try Self.difference(path + "/whole", run)
        #expect(difference > 0 && difference < 1e-4, "\(difference)")
      }
    }

    // 7 images of two processes are 4 and 3, of three 3, 2 and 2.
    @Test(arguments: [2, 3]) func severalMeasureAsOne(count: Int) throws {
      try withFolder { path in
        let configuration = Self.configuration(iterations: 1)
        let split = MeasuredSplit(dataset: Self.measured, name: "val", selects: true)
        @Sendable func measured(_ share: TrainingShare) throws -> [EvaluationImage] {
          let step = try TrainingStep(
            Self.network(of: configuration), loss: configuration.loss,
            optimization: configuration.optimization, execution: configuration.execution,
            share: share)
          return try split.images(
            of: step, configuration, share, shouldStop: { false }, observe: { _, _ in })
        }
        let one = try measured(.whole)
        #expect(one.count == 7 && one.allSatisfy { !$0.detections.isEmpty })
        let ap = split.measurement(of: one, configuration, iteration: 1, epoch: 1).metrics.ap
        for result in inProcesses(count, in: path, measured) {
          let several = try result.get()
          #expect(several.map(\.objects) == one.map(\.objects))
          for (a, b) in zip(one, several) {
            #expect(a.detections.count == b.detections.count)
            for (a, b) in zip(a.detections, b.detections) {
              #expect(a.classIndex == b.classIndex && abs(a.score - b.score) < 1e-5)
              #expect(abs(a.box.xMin - b.box.xMin) < 1e-2)
            }
          }
          let found = split.measurement(of: several, configuration, iteration: 1, epoch: 1)
          #expect(abs(found.metrics.ap - ap) <= 1e-12)
        }
      }
    }

    @Test func allStopMeasuringWhereOneIsAskedTo() throws {
      try withFolder { path in
        let configuration = Self.configuration(iterations: 1, batchSize: 2)
        let split = MeasuredSplit(dataset: Self.measured, name: "val", selects: true)
        let results = inProcesses(2, in: path) { share in
          let step = try TrainingStep(
            Self.network(of: configuration), loss: configuration.loss,
            optimization: configuration.optimization, execution: configuration.execution,
            share: share)
          return try split.images(
            of: step, configuration, share, shouldStop: { !share.isFirst }, observe: { _, _ in }
          ).count
        }
        #expect(results.count == 2)
        for result in results {
          #expect(throws: Trainer.StopRequest.self) { try result.get() }
        }
      }
    }

    @Test func anotherConfigurationIsNamedInEachProcess() throws {
      try withFolder { path in
        let results = inProcesses(3, in: path) { share in
          var configuration = Self.configuration(iterations: 1)
          if share.batches.index == 2 { configuration.optimization.momentum = 0.5 }
          // Threads may be others.
          configuration.execution.loaderThreadCount = 1 + share.batches.index
          _ = try Trainer(
            configuration, data: TrainingData(configuration.data, training: Self.shapes),
            folder: RunFolder(path: path + "/run"), share: share)
        }
        #expect(results.count == 3)
        for result in results {
          let error = #expect(throws: DifferentProcessError.self) { try result.get() }
          #expect(
            error?.description
              == "rank 2: configuration: optimization.momentum: expected 0.9 as rank 0 has, found"
              + " 0.5")
        }
        #expect(!FileManager.default.fileExists(atPath: path + "/run"))
      }
    }

    @Test func whatTheFirstOneCannotDoEndsTheOthers() throws {
      try withFolder { path in
        let configuration = Self.configuration(iterations: 1)
        _ = try Self.train(1, path + "/run", configuration)
        let results = inProcesses(2, in: path) { share in
          _ = try Trainer(
            configuration, data: TrainingData(configuration.data, training: Self.shapes),
            folder: RunFolder(path: path + "/run"), startsAnew: true,
            network: Self.network(of: configuration), share: share)
        }
        let error = #expect(throws: FileError.self) { try results[0].get() }
        #expect(error?.reason.contains("holds a run already") == true)
        let other = #expect(throws: FirstProcessError.self) { try results[1].get() }
        #expect(other?.reason == error?.description)
      }
    }

    @Test func eachProcessNeedsAnImageOfABatch() throws {
      try withFolder { path in
        let results = inProcesses(3, in: path) { share in
          let configuration = Self.configuration(iterations: 1, batchSize: 2)
          _ = try Trainer(
            configuration, data: TrainingData(configuration.data, training: Self.shapes),
            folder: RunFolder(path: path + "/run"), share: share)
        }
        #expect(results.count == 3)
        for result in results {
          let error = #expect(throws: FileError.self) { try result.get() }
          #expect(
            error?.reason
              == "optimization.batchSize: expected 3 images or more, one for each process, found 2")
        }
      }
    }

    @Test func processesOnTheProcessorRefuseNCCL() throws {
      try withFolder { path in
        let configuration = Self.configuration(iterations: 1)
        let results = inProcesses(2, in: path, collectives: .nccl) { share in
          _ = try Trainer(
            configuration, data: TrainingData(configuration.data, training: Self.shapes),
            folder: RunFolder(path: path + "/run"), network: Self.network(of: configuration),
            share: share)
        }
        #expect(results.count == 2)
        for result in results { #expect(throws: NCCLObstacle.noGPU) { try result.get() } }
        #expect(!FileManager.default.fileExists(atPath: path + "/run"))
      }
    }

    private struct Gone: Error {}

    @Test func aLostProcessIsNamed() throws {
      try withFolder { path in
        let configuration = Self.configuration(iterations: 20)
        let results = inProcesses(2, in: path, timeout: .seconds(4)) { share in
          let trainer = try Trainer(
            configuration, data: TrainingData(configuration.data, training: Self.shapes),
            folder: RunFolder(path: path + "/run"), network: Self.network(of: configuration),
            share: share)
          _ = try trainer.run(observe: {
            if case .iteration(let report) = $0, report.done == 3, !share.isFirst { throw Gone() }
          })
        }
        #expect(throws: Gone.self) { try results[1].get() }
        let error = #expect(throws: TorchError.self) { try results[0].get() }
        #expect(error?.description.contains("rank 1 is missing") == true, "\(error as Any)")
        // What was saved before is whole.
        let saved = try Safetensors(contentsOf: path + "/run/checkpoint.safetensors")
        #expect(saved.arrays.count > 20)
      }
    }
  }
}
