import ArgumentParser
import CommandLineOptions
import DetectionData
import Dispatch
import Foundation
import Logging
import MultiBox
import SSDModels
import SSDTraining
import Torch

/// `multibox train`.
struct TrainRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a detector on labelled images.")

  @OptionGroup var options: TrainOptions

  func run() throws {
    let folder = RunFolder(path: options.output)
    let configuration: TrainingConfiguration
    if options.resume {
      configuration = try folder.configuration()
      guard folder.hasCheckpoint else {
        throw RunError.notARun(path: folder.path, missing: "checkpoint.safetensors")
      }
    } else {
      guard !folder.hasConfiguration else { throw RunError.exists(path: folder.path) }
      configuration = try options.trainingConfiguration()
      try folder.create(configuration)
    }
    Logger(label: "multibox.train").info("\(precisionNote(configuration.precision))")
    let training = try load(configuration.trainSplit, configuration, shows: true)
    let display = TrainingDisplay()
    let trainer = try Trainer(
      folder: folder, configuration: configuration, training: training,
      validation: configuration.validationSplit.map { try load($0, configuration) },
      test: configuration.testSplit.map { try load($0, configuration) })
    if let note = ClassKeys(configuration.classNames).note {
      Logger(label: "multibox.train").notice("\(note)")
    }
    if let report = trainer.pretrainedReport, let path = configuration.pretrained {
      Logger(label: "multibox.train").info("\(path): \(report.summary)")
    }
    let reporter = try TrainingReporter(
      folder, configuration, tensorBoard: options.tensorboard, startingAt: trainer.iteration)
    let interruption = Interruption()
    let outcome = try trainer.run(
      shouldStop: { interruption.isRequested },
      observe: { event in
        display.show(event)
        try reporter.observe(event)
      })
    display.finish()
    try reporter.finish()
    if case .stopped(let iteration, let total) = outcome {
      StandardError.write(
        "stopped after step \(iteration) of \(total), all saved; go on with:"
          + " multibox train --resume --output \(folder.path)")
      throw ExitCode(130)
    }
    try folder.exportONNX()
    print(folder.weightsPath)
  }

  /// What convolutions compute in, and why: unless it was chosen, it depends on the processor.
  private func precisionNote(_ precision: Precision) -> String {
    let isChosen = options.resume || options.precision != nil
    let native = Precision.fastest(on: .cpu) == .bfloat16
    let reason =
      switch (precision, isChosen) {
      case (.bfloat16, true):
        native ? "as chosen" : "as chosen, though this processor is slow at it"
      case (.bfloat16, false): "this processor computes it natively; --precision float32 is exact"
      case (.float32, true): "as chosen"
      case (.float32, false): "this processor does not compute bfloat16 natively"
      }
    return "precision \(precision.rawValue): \(reason)"
  }

  /// Loads a split and tells what is wrong with it.
  private func load(
    _ split: String, _ configuration: TrainingConfiguration, shows: Bool = false
  ) throws -> DetectionDataset {
    let loader = try DatasetLoader(
      path: configuration.data, format: configuration.dataFormat,
      seed: configuration.splitSeed, isStrict: configuration.isStrict)
    let (dataset, report) = try loader.load(
      split: split, classNames: configuration.classNames, decodesImages: true)
    let logger = Logger(label: "multibox.train")
    let objects = dataset.images.reduce(0) { $0 + $1.groundTruth.count }
    let problems = report.problems.isEmpty ? "" : ", \(report.problems.count) problems"
    logger.info("\(split): \(dataset.images.count) images, \(objects) objects\(problems)")
    for problem in report.problems.prefix(shows ? 10 : 0) {
      logger.warning("\(problem.file): \(problem.reason)")
    }
    return dataset
  }
}

/// Ctrl-C and a polite kill, as a request that the training looks at between steps.
private final class Interruption: @unchecked Sendable {
  private let lock = NSLock()
  private var requested = false
  private var sources: [any DispatchSourceSignal] = []

  var isRequested: Bool { lock.withLock { requested } }

  init() {
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [weak self] in
        self?.lock.withLock { self?.requested = true }
      }
      source.resume()
      sources.append(source)
    }
  }
}

/// Shows a training on standard error.
private final class TrainingDisplay {
  private var progress = TerminalProgress()

  func show(_ event: TrainingEvent) {
    switch event {
    case .resumed(let iteration):
      progress = TerminalProgress(startingAt: iteration)
      progress.note("resumed after step \(iteration)")
    case .iteration(let report):
      progress.show(
        step: report.done, of: report.total,
        String(
          format: "epoch %d/%d loss %.3f (loc %.3f, conf %.3f) %.0f positives/image %.1f images/s",
          report.epoch, report.epochs, report.loss, report.localization, report.confidence,
          report.positivesPerImage, report.imagesPerSecond))
    case .trained: break
    case .evaluated(let metrics, _):
      let classes = metrics.perClass.sorted { $0.key < $1.key }
        .map { String(format: "%@ %.3f", $0.key, $0.value["AP50"] ?? -1) }
      progress.note(
        String(
          format: "epoch %d, %@: AP %.3f, AP50 %.3f (%@)", metrics.epoch, metrics.split,
          metrics.ap, metrics.ap50, classes.joined(separator: ", ")))
    }
  }

  func finish() { progress.finish() }
}
