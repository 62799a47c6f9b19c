import Datasets
import Files
import Foundation
import ModelFiles
import MultiBox
import Runs
import TestSupport
import Testing
import TrainingInput

@testable import SSDTraining

extension TrainingTests {
  /// How long a training is: patience, another length, a budget of time, and where it was stopped.
  @Suite struct Length {
    private let shapes = ShapesSpecification(imageCount: 18, side: 64, seed: 4).dataset(
      split: "train")
    private let heldOut = ShapesSpecification(imageCount: 6, side: 64, seed: 5).dataset(
      split: "val")

    /// Four steps an epoch.
    private func configuration(
      epochs: Int, warmUp: Int = 4, every interval: Int = 1, patience: Int? = nil
    ) -> TrainingConfiguration {
      var result = TrainingConfiguration(
        data: TrainingDataSource(
          paths: ["shapes"], format: .shapes, validationSplit: "val",
          classNames: ShapesSpecification.classNames),
        network: TrainingConfiguration.Network(.ssdCompact, imageSide: 64),
        augmentation: .none,
        execution: TrainingConfiguration.Execution(threadCount: 2, validationInterval: interval))
      result.optimization.epochs = epochs
      result.optimization.batchSize = 4
      result.optimization.patience = patience
      result.optimization.learningRate = LearningRateSchedule(
        base: 0.01, warmUpIterations: warmUp, shape: .cosine)
      return result
    }

    private func data(_ configuration: TrainingConfiguration) -> TrainingData {
      TrainingData(configuration.data, training: shapes, validation: heldOut)
    }

    /// What a training told, besides its weights.
    private struct Record {
      var rates: [Double] = []
      var notes: [String] = []
      var end: TrainingEnd?
      var exported = false
      var weights: Data?
    }

    private func train(
      _ folder: RunFolder, _ configuration: TrainingConfiguration, epochs: Int? = nil,
      stopAfter: Int = .max
    ) throws -> Record {
      var record = Record()
      let trainer = try Trainer(
        configuration, data: data(configuration), folder: folder, epochs: epochs)
      _ = try trainer.run(
        shouldStop: { record.rates.count >= stopAfter },
        observe: {
          switch $0 {
          case .iteration(let report): record.rates.append(report.learningRate)
          case .note(let note): record.notes.append(note)
          case .ended(let end): record.end = end
          case .exported: record.exported = true
          default: break
          }
        })
      record.weights = FileManager.default.contents(atPath: folder.weightsPath)
      return record
    }

    private func measures(_ folder: RunFolder) throws -> [EvaluationMetrics] {
      try folder.metrics().compactMap {
        if case .evaluation(let metrics) = $0 { metrics } else { nil }
      }
    }

    // MARK: Patience

    // The measures of a run without patience tell where one with it ends.
    @Test func aRunEndsWhenItsPatienceIsOver() throws {
      try withFolder { path in
        let whole = RunFolder(path: path + "/whole")
        let all = try train(whole, configuration(epochs: 8))
        let measured = try measures(whole).map(\.ap)
        try #require(measured.count == 8)
        #expect(all.end?.patience == nil && all.end?.epoch == 8 && all.exported)
        for patience in [1, 2] {
          var (best, kept, last) = (-2.0, 0, 0)
          for (index, ap) in measured.enumerated() {
            last = index + 1
            if ap > best { (best, kept) = (ap, last) }
            if last - kept == patience { break }
          }
          try #require(last < 8 && last - kept == patience, "\(measured)")

          let patient = configuration(epochs: 8, patience: patience)
          let folder = RunFolder(path: path + "/patient-\(patience)")
          let early = try train(folder, patient)
          #expect(
            early.end
              == TrainingEnd(
                epoch: last, epochs: 8, keptEpoch: kept, split: "val", averagePrecision: best,
                patience: patience))
          #expect(early.rates.count == last * 4 && early.exported)
          #expect(try measures(folder).map(\.ap) == Array(measured.prefix(last)))
          #expect(try folder.progress()?.hasEnded == true)
          #expect(try folder.keptEpoch == kept)

          // Stopped in the epoch before, it still knows how many measurements passed.
          let stopped = RunFolder(path: path + "/stopped-\(patience)")
          #expect(try train(stopped, patient, stopAfter: last * 4 - 3).end == nil)
          #expect(try stopped.progress()?.hasEnded == false)
          let resumed = try train(stopped, patient)
          #expect(resumed.rates.count == 3 && resumed.end == early.end)
          #expect(resumed.weights != nil && resumed.weights == early.weights)
          // What has ended stays so.
          let again = try train(folder, patient)
          #expect(again.rates.isEmpty && again.end == early.end && again.weights == early.weights)
        }
      }
    }

    @Test func aPatienceThatNoImageTriesIsRefused() throws {
      try withFolder { path in
        let configuration = configuration(epochs: 2, patience: 1)
        let none = DetectionDataset(classNames: heldOut.classNames, images: [])
        for validation in [nil, none] {
          let error = #expect(throws: FileError.self) {
            try Trainer(
              configuration,
              data: TrainingData(configuration.data, training: shapes, validation: validation),
              folder: RunFolder(path: path + "/run"))
          }
          #expect(
            error?.reason
              == "optimization.patience: expected none, because no image chooses the best weights,"
              + " found 1")
        }
      }
    }

    // MARK: Another length

    // In its warm-up a schedule does not depend on its end.
    @Test func aRunMadeLongerInItsWarmUpIsAsLongFromTheBeginning() throws {
      try withFolder { path in
        let short = configuration(epochs: 2, warmUp: 6, every: 2)
        let long = configuration(epochs: 4, warmUp: 6, every: 2)
        let whole = try train(RunFolder(path: path + "/a"), long)
        let folder = RunFolder(path: path + "/b")
        _ = try train(folder, short, stopAfter: 5)
        let longer = try train(folder, short, epochs: 4)
        #expect(longer.notes == ["epochs 2 -> 4; the schedule is stretched to step 16"])
        #expect(try folder.configuration() == long)
        #expect(whole.weights != nil && longer.weights == whole.weights)
        #expect(longer.end == whole.end)
      }
    }

    @Test func aFinishedRunIsMadeLongerAlikeEachTime() throws {
      try withFolder { path in
        let short = configuration(epochs: 2)
        let long = configuration(epochs: 4)
        var results: [Record] = []
        for name in ["a", "b"] {
          let folder = RunFolder(path: "\(path)/\(name)")
          #expect(try train(folder, short).end?.epoch == 2)
          let detector = FileManager.default.contents(atPath: folder.detectorPath)
          let longer: Record
          if name == "a" {
            longer = try train(folder, short, epochs: 4)
          } else {
            // Stopped again, and then only resumed.
            let first = try train(folder, short, epochs: 4, stopAfter: 3)
            #expect(first.end == nil && first.notes.count == 1)
            var rest = try train(folder, try folder.configuration())
            #expect(rest.notes.isEmpty)
            rest.rates = first.rates + rest.rates
            longer = rest
          }
          #expect(try folder.configuration() == long)
          #expect(longer.end?.epoch == 4 && longer.end?.epochs == 4 && longer.exported)
          #expect(try measures(folder).map(\.epoch) == [1, 2, 3, 4])
          if longer.end?.keptEpoch ?? 0 > 2 {
            #expect(FileManager.default.contents(atPath: folder.detectorPath) != detector)
          }
          // Step 9 of 16 and on, not of 8.
          let rate = long.optimization.learningRate
          #expect(longer.rates == (8..<16).map { rate.rate(at: $0, of: 16) })
          results.append(longer)
        }
        #expect(results[0].weights != nil && results[0].weights == results[1].weights)
      }
    }

    @Test func aRunIsNotMadeShorterThanWhatIsDone() throws {
      try withFolder { path in
        let folder = RunFolder(path: path)
        let configuration = configuration(epochs: 4)
        _ = try train(folder, configuration, stopAfter: 9)
        let files = [
          folder.configurationPath, folder.checkpointPath, folder.metricsPath, folder.dataPath,
        ]
        let before = files.map(FileManager.default.contents(atPath:))
        for (epochs, reason) in [
          (2, "expected 3 or more, because so many are begun or done, found 2"),
          (0, "expected 1 to 1000000, found 0"),
        ] {
          let error = #expect(throws: FileError.self) {
            try train(folder, configuration, epochs: epochs)
          }
          #expect(
            error?.description == "\(folder.configurationPath): optimization.epochs: \(reason)")
        }
        // Until it runs, nothing is written.
        _ = try Trainer(configuration, data: data(configuration), folder: folder, epochs: 3)
        #expect(files.map(FileManager.default.contents(atPath:)) == before)
        let same = try train(folder, configuration, epochs: 4, stopAfter: 0)
        #expect(same.notes == ["epochs 4: the run has that length already"])
        #expect(try train(folder, configuration, epochs: 3).end?.epoch == 3)
        #expect(try folder.configuration().optimization.epochs == 3)
      }
    }

    // Else it would end where it did.
    @Test func aRunMadeLongerIsPatientAnew() throws {
      try withFolder { path in
        let folder = RunFolder(path: path)
        let configuration = configuration(epochs: 8, patience: 1)
        let end = try #require(try train(folder, configuration).end)
        try #require(end.epoch < 8)
        let longer = try train(folder, configuration, epochs: 9)
        #expect(longer.rates.count >= 4)
        #expect(longer.end.map { $0.epoch > end.epoch } == true)
      }
    }

    // MARK: A budget of time

    @Test func thePaceIsMeasuredAndTheRunDoesNotKnow() throws {
      try withFolder { path in
        let configuration = configuration(epochs: 2)
        var places: [String] = []
        let whole = try train(RunFolder(path: path + "/a"), configuration)
        // Of a measurement that was killed; no process has the largest number.
        let leftover =
          "\(FileManager.default.temporaryDirectory.path)/multibox-pace.2147483647.\(getpid())"
          + ".multibox.tmp"
        try FileManager.default.createDirectory(
          atPath: leftover + "/report", withIntermediateDirectories: true)
        var events: [String] = []
        let pace = try #require(
          try Trainer.pace(
            of: configuration, data: data(configuration), seconds: 0.1,
            observer: { folder in
              places.append(folder.path)
              return {
                switch $0 {
                case .trained: events.append("trained")
                case .evaluated: events.append("evaluated")
                case .exported: events.append("exported")
                default: break
                }
              }
            }))
        #expect(Set(events) == ["trained", "evaluated", "exported"] && events.last == "exported")
        for seconds in [pace.start, pace.step, pace.epoch, pace.measurement, pace.export] {
          #expect(seconds > 0 && seconds < 60)
        }
        #expect(try train(RunFolder(path: path + "/b"), configuration).weights == whole.weights)
        #expect(whole.weights != nil)

        var asked = 0
        let stopped = try Trainer.pace(
          of: configuration, data: data(configuration), seconds: 60,
          shouldStop: {
            asked += 1
            return asked >= 3
          },
          observer: { folder in
            places.append(folder.path)
            return { _ in }
          })
        #expect(stopped == nil)
        #expect(places.count == 2)
        #expect(
          try (places + [leftover]).map { try InputFile.isThere($0) } == [false, false, false])
      }
    }

    // MARK: A run that was stopped

    @Test func aStoppedRunDetectsWithTheAveragesOfItsCheckpoint() throws {
      try withFolder { path in
        let folder = RunFolder(path: path + "/run")
        var configuration = configuration(epochs: 2, every: 2)
        _ = try train(folder, configuration, stopAfter: 5)
        let checkpoint = try Safetensors(contentsOf: folder.checkpointPath)
        #expect(
          try folder.progress()?.summary
            == "in epoch 2 of 2; nothing is measured yet, so the weights are the checkpoint's")

        // The same arrays as weights of another run.
        func detections(_ prefix: String) throws -> [EvaluationImage] {
          let other = RunFolder(path: path + "/" + prefix)
          try other.create(configuration)
          var arrays: [String: NamedArray] = [:]
          for (name, array) in checkpoint.arrays where name.hasPrefix(prefix) {
            arrays[String(name.dropFirst(prefix.count))] = array
          }
          try Safetensors(arrays: arrays).write(to: other.weightsPath)
          return try NetworkDetector(other, threadCount: 2).evaluationImages(of: heldOut)
        }
        func found(_ folder: RunFolder) throws -> [EvaluationImage] {
          try NetworkDetector(folder, threadCount: 2).evaluationImages(of: heldOut)
        }
        let averages = try detections("averages.")
        #expect(averages.contains { !$0.detections.isEmpty })
        #expect(try found(folder) == averages)
        #expect(try detections("weights.") != averages)

        // Exported, it needs no LibTorch, and tells which file it was made of.
        let model = try folder.exportONNX()
        #expect(try folder.engine() == .openVINO(model: model))
        #expect(
          try ONNXModel.metadata(of: model)[RunFolder.weightsHashKey]
            == ContentHash(ofFile: folder.checkpointPath).text)
        // The training goes on to weights that this was not made of, and exports those.
        #expect(try train(folder, configuration).end?.keptEpoch == 2)
        #expect(try folder.engine() == .openVINO(model: model))
        #expect(
          try ONNXModel.metadata(of: model)[RunFolder.weightsHashKey]
            == ContentHash(ofFile: folder.weightsPath).text)

        // Without averages the weights themselves detect.
        configuration.optimization.averageDecay = 0
        let plain = RunFolder(path: path + "/plain")
        _ = try train(plain, configuration, stopAfter: 1)
        #expect(try found(plain).count == heldOut.images.count)
      }
    }

    @Test func aRunWithoutAStepHasNoWeights() throws {
      try withFolder { path in
        let folder = RunFolder(path: path)
        try folder.create(configuration(epochs: 1))
        let error = #expect(throws: FileError.self) { try NetworkDetector(folder, threadCount: 1) }
        #expect(error?.path == folder.weightsPath)
      }
    }
  }
}
