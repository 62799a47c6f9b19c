import ArgumentParser
import Commands
import Datasets
import Detectors
import Dispatch
import Files
import Foundation
import Logging
import MultiBox
import Runs
import SSDModels
import SSDReport
import SSDTraining
import Torch
import TrainingInput

/// A training as `multibox train` shows it; of several processes the first one does.
struct TrainingSession {
  private let options: TrainOptions
  private let processes: TrainingProcesses
  private let folder: RunFolder
  private let logger: Logger
  private let begin = ContinuousClock.now
  private var share: TrainingShare { processes.share }

  init(_ options: TrainOptions, _ processes: TrainingProcesses) {
    self.options = options
    self.processes = processes
    folder = RunFolder(path: options.run.output)
    var logger = Logger(label: "multibox.train")
    if !processes.isFirst { logger.logLevel = .critical }
    self.logger = logger
  }

  func run() throws {
    do {
      try train()
    } catch  where error is TorchError && processes.placement != nil {
      guard (try? folder.hasCheckpoint) ?? false else { throw error }
      throw LostTraining(reason: "\(error)", folder: folder.path)
    }
  }

  private func train() throws {
    let goesOn = try share.ofFirst { try resumes() }
    let trainer = try goesOn ? resumed() : started()
    guard processes.isFirst else {
      Interruption.takeRequests()
      return try finish(trainer.run(shouldStop: { Interruption.requested != nil }))
    }
    let configuration = trainer.configuration
    if let note = trainer.collectives?.note(processCount: share.batches.count) {
      logger.info("\(note)")
    }
    if let report = trainer.pretrainedReport, let weights = configuration.network.pretrained {
      logger.info("\(weights.path): \(report.summary)")
    }
    let display = TrainingDisplay()
    let reporter = try TrainingReporter(
      folder, configuration, tensorBoard: options.run.tensorboard, startingAt: trainer.iteration)
    for note in reporter.notes { logger.warning("\(note)") }
    let shown = BestEffort(logger: logger)
    Interruption.takeRequests()
    let outcome: Trainer.Outcome
    do {
      outcome = try trainer.run(
        shouldStop: { Interruption.requested != nil },
        observe: { event in
          display.show(event)
          shown { try reporter.observe(event) }
        })
    } catch {
      // The page must not go on saying that it trains; that it could not be written is less news
      // than why the training has ended.
      try? reporter.finish(after: error)
      throw error
    }
    display.finish()
    shown { try reporter.finish() }
    try finish(outcome)
    try StandardOutput.write(folder.weightsPath)
    NextStep.tell(wrote: [written], next: next(configuration.data))
  }

  /// - Throws: the exit code of a training that was stopped.
  private func finish(_ outcome: Trainer.Outcome) throws {
    guard case .stopped(let iteration, let total) = outcome else { return }
    if processes.isFirst {
      StandardError.write(
        "stopped after step \(iteration) of \(total), all saved; go on with:"
          + " multibox train --resume --output \(folder.path)")
    }
    throw ExitCode(128 + (Interruption.requested ?? SIGINT))
  }

  /// Goes on with the run of the folder: as it is asked to, or because the processes were started
  /// anew.
  private func resumes() throws -> Bool {
    guard !options.run.resume else { return true }
    guard processes.areRestarted, try folder.hasCheckpoint else { return false }
    logger.notice("\(folder.path): the processes were started anew, and go on with the run")
    return true
  }

  /// The folder, and what in it is of use after the training.
  private var written: String {
    let names = [
      folder.weightsPath, folder.detectorPath, folder.metricsPath, folder.reportPath,
      folder.tensorBoardFolder,
    ].filter(FileManager.default.fileExists(atPath:)).map(\.lastPart)
    return "\(folder.path): \(names.joined(separator: ", "))"
  }

  /// All measures of images that were not trained on; where there are none, pictures.
  private func next(_ data: TrainingDataSource) -> [String] {
    guard let split = data.testSplit ?? data.validationSplit else {
      return ["multibox", "detect", "--run", folder.path, "photo.jpg", "--output", "found"]
    }
    return ["multibox", "evaluate", "--run", folder.path]
      + (data.testSplit == nil ? ["--split", split] : [])
  }

  private func started() throws -> Trainer {
    _ = try share.ofFirst {
      try folder.checkIsFree()
      return true
    }
    let name = options.machine.device ?? Device.usualName(processes.placement)
    let device = try Device.option(name)
    try requirePrecision(options.machine.precision, on: name)
    let named = try options.network.start()
    // Wrong weights are told before all images are read.
    var weights = try named?.read()
    if options.network.classesFrom != nil, let weights, !weights.holdsClasses {
      throw ValidationError("--classes-from has no effect: \(weights.path) holds no class")
    }
    let data = try options.readData()
    var start = try named ?? TrainingStart(for: data)
    if named == nil { weights = try start.read() }
    if let weights {
      let preset = try weights.preset(for: start.preset)
      if preset != start.preset {
        logger.notice("\(weights.path) is of \(preset.name), which is trained")
      }
      start = TrainingStart(preset, weights: start.weights)
    }
    func makeConfiguration(_ epochs: Int? = nil) throws -> TrainingConfiguration {
      try options.configuration(
        data, from: start, normalization: weights?.normalization, device: name,
        fastest: .fastest(on: device), placement: processes.placement, epochs: epochs)
    }
    var configuration = try makeConfiguration()
    if let file = options.network.classesFrom, let weights,
      let names = configuration.network.pretrained?.classNames
    {
      try weights.check(
        names, of: file, wanted: data.training.classNames,
        specification: configuration.network.defaultBoxes)
    }
    if configuration.optimization.sampling == .balanced,
      RepeatFactors(of: data.training).repeatedCount == 0
    {
      throw ValidationError(
        "--sampling balanced has no effect: no class stands in fewer images than another")
    }
    tell(configuration, data)
    try processes.haveBegun()
    for line in options.defaultsNotes(configuration, data, from: start) {
      logger.notice("\(line)")
    }
    if let budget = options.optimization.timeBudget {
      configuration = try makeConfiguration(
        epochs(within: budget, configuration, data, weights))
      if let reason = options.uselessPatience(configuration, data) { logger.warning("\(reason)") }
    }
    return try Trainer(
      configuration, data: data, folder: folder, startsAnew: true, pretrained: weights,
      share: share)
  }

  /// Measures the pace of the training, and says how many epochs fit the time that is left.
  private func epochs(
    within budget: TimeBudget, _ configuration: TrainingConfiguration, _ data: TrainingData,
    _ weights: PretrainedWeights?
  ) throws -> Int {
    // A second signal ends at once, and leaves the temporary folder to the next measurement.
    Interruption.takeRequests()
    let seconds = min(max(budget.seconds * Self.measuredShare, 1), 20)
    logger.info("measuring the first steps, about \(TerminalProgress.time(seconds))")
    let pace = try Trainer.pace(
      of: configuration, data: data, seconds: seconds, pretrained: weights,
      share: share, shouldStop: { Interruption.requested != nil },
      observer: { folder in
        guard processes.isFirst else { return { _ in } }
        let reporter = try TrainingReporter(
          folder, configuration, tensorBoard: options.run.tensorboard, startingAt: 0)
        // The training itself tells what cannot be written.
        return { try? reporter.observe($0) }
      })
    guard let pace else {
      if processes.isFirst {
        StandardError.write("stopped before the first step; nothing was written")
      }
      throw ExitCode(128 + (Interruption.requested ?? SIGINT))
    }
    let left = budget.seconds - begin.duration(to: .now) / .seconds(1)
    var fitted = configuration
    fitted.optimization.epochs = try share.ofFirst {
      pace.epochs(within: left, of: configuration, imageCount: data.training.images.count)
    }
    let length = TrainingLength(fitted, imageCount: data.training.images.count)
    logger.notice("\(pace.words(budget, left: left, length))")
    return length.epochs
  }

  /// Of a budget of time, for measuring steps.
  private static let measuredShare = 0.03

  private func resumed() throws -> Trainer {
    let configuration = try share.ofFirst { try folder.configuration() }
    let data = try TrainingData(configuration.data, indexCache: .users)
    tell(configuration, data)
    try processes.haveBegun()
    return try Trainer(
      configuration, data: data, folder: folder,
      acceptsChangedData: options.run.acceptChangedData,
      // Those of a command that is started anew are of the run already.
      epochs: options.run.resume ? options.optimization.epochs : nil, share: share)
  }

  /// Says what is trained on, what is wrong with it, and what depends on the machine.
  private func tell(_ configuration: TrainingConfiguration, _ data: TrainingData) {
    guard processes.isFirst else { return }
    let execution = configuration.execution
    let isChosen = options.run.resume || options.machine.precision != nil
    logger.info("\(execution.precision.note(isChosen: isChosen, on: execution.device))")
    if let since = data.keptSince { logger.info("\(IndexCache.note(since))") }
    let source = data.source
    for (split, dataset) in [
      (source.trainSplit, data.training), (source.validationSplit, data.validation),
      (source.testSplit, data.test),
    ] {
      guard let split, let dataset else { continue }
      let objects = dataset.images.reduce(0) { $0 + $1.countedObjects.count }
      let (images, all) = (
        dataset.images.count.counted("image|images"), objects.counted("object|objects")
      )
      logger.info("\(split): \(images), \(all)")
      data.reports[split]?.tell(split: split, logger: logger)
    }
    for (split, dataset) in [
      (source.validationSplit, data.validation), (source.testSplit, data.test),
    ] {
      guard let split, let dataset else { continue }
      let trained = Set(data.training.images.lazy.flatMap(\.countedObjects).map(\.classIndex))
      let measured = Set(dataset.images.lazy.flatMap(\.countedObjects).map(\.classIndex))
      let names = measured.subtracting(trained).sorted().map { source.classNames[$0] }
      if !names.isEmpty {
        logger.warning(
          "\(split): \(source.trainSplit) has no object of \(names.joined(separator: ", "))")
      }
    }
    if configuration.optimization.sampling == .balanced {
      let factors = RepeatFactors(of: data.training)
      logger.info(
        """
        balanced sampling: \(factors.repeatedCount) of \(factors.factors.count) images come more \
        often than the others, up to \(String(format: "%.1f", factors.factors.max() ?? 1)) times \
        as often
        """)
    }
    if let side = configuration.augmentation.tiles.side {
      let images = data.training.images
      let larger = images.count { max($0.width, $0.height) > side }
      let long = images.lazy.flatMap(\.countedObjects).count {
        max($0.box.width, $0.box.height) > Double(side)
      }
      logger.info(
        """
        tiles of \(side) pixels of the larger images (\(larger) of \(images.count)); splits are \
        measured in tiles, too
        """)
      if long > 0 {
        logger.warning(
          """
          tiles of \(side) pixels: \(long.counted("object is|objects are")) longer, and never \
          shown whole
          """)
      }
    }
    let frozen = configuration.network.frozenStages
    // Where it is a default, the line of all defaults says it.
    if frozen > 0, options.run.resume || options.network.freeze != nil {
      logger.info("frozen: the first \(frozen) stage\(frozen == 1 ? "" : "s") of the backbone")
    }
    if let weights = configuration.loss.classWeights {
      let parts = zip(source.classNames, weights.values).map {
        String(format: "%@ %.3g", $0, $1)
      }
      logger.info("class weights: \(parts.joined(separator: ", "))")
    }
    if let note = ClassKeys(source.classNames).note { logger.notice("\(note)") }
  }
}

extension TrainingStart {
  /// Reads the weights; nil where it has none.
  fileprivate func read() throws -> PretrainedWeights? {
    try weights.path.map { try PretrainedWeights(contentsOf: $0) }
  }
}

/// A training that a process was lost of, or LibTorch could not go on with.
private struct LostTraining: Error, CustomStringConvertible {
  let reason: String
  let folder: String

  var description: String {
    "\(reason); the run goes on with: multibox train --resume --output \(folder)"
  }
}

/// Work that no training may end for: what goes wrong is told once, and done again the next time.
private final class BestEffort {
  private let logger: Logger
  private var hasFailed = false

  init(logger: Logger) {
    self.logger = logger
  }

  func callAsFunction(_ body: () throws -> Void) {
    do {
      try body()
    } catch {
      if !hasFailed { logger.warning("\(error); the training does without it") }
      hasFailed = true
    }
  }
}

/// Shows a training on standard error.
private final class TrainingDisplay {
  private var progress = TerminalProgress()
  /// Of the images of a split; its time left is its own.
  private var measuring = TerminalProgress()

  func show(_ event: TrainingEvent) {
    switch event {
    case .resumed(let iteration):
      progress = TerminalProgress(startingAt: iteration)
      progress.note("resumed after step \(iteration)")
    case .iteration(let report):
      progress.show(
        step: report.done, of: report.total,
        [
          String(format: "loss %.3f", report.loss), "epoch \(report.epoch)/\(report.epochs)",
          String(format: "loc %.3f, conf %.3f", report.localization, report.confidence),
          String(format: "%.0f positives/image", report.positivesPerImage),
          String(format: "%.1f images/s", report.imagesPerSecond),
        ])
    case .trained(let metrics):
      if let count = metrics.skippedSteps {
        progress.note(
          "epoch \(metrics.epoch): \(count.counted("step was|steps were")) left out, as gradients"
            + " in float16 had overflowed")
      }
    case .measuring(let split, let done, let total):
      if done == 1 { measuring = TerminalProgress() }
      // The line of the figures follows the last one.
      if done < total { measuring.show(step: done, of: total, ["measuring on \(split)"]) }
    case .note(let note): progress.note(note)
    case .evaluated(let metrics, _):
      let classes = Self.shownClasses(metrics.perClass.mapValues { $0["AP50"] })
      progress.note(
        "epoch \(metrics.epoch), \(metrics.split): AP \(Self.figure(metrics.ap)),"
          + " AP50 \(Self.figure(metrics.ap50)) (\(classes))")
    case .ended(let end): progress.note("epoch \(end.epoch) of \(end.epochs), \(end.words)")
    case .exported: break
    case .notExported(let reason):
      progress.note("the network was not written for inference engines: \(reason)")
    }
  }

  func finish() { progress.finish() }

  /// The classes with their figures, by name; of many the lowest ones, which are looked for.
  private static func shownClasses(_ figures: [String: Double?]) -> String {
    let named = figures.sorted { $0.key < $1.key }
    func text(_ classes: some Sequence<(key: String, value: Double?)>) -> String {
      classes.map { "\($0.key) \(figure($0.value))" }.joined(separator: ", ")
    }
    let measured = named.filter { ($0.value ?? -1) >= 0 }
    guard named.count > 10, !measured.isEmpty else { return text(named) }
    // Sorted with its place, so that equal ones keep the order of their names.
    let lowest = measured.enumerated()
      .sorted { ($0.element.value ?? 0, $0.offset) < ($1.element.value ?? 0, $1.offset) }
      .prefix(5).map(\.element)
    return "lowest of \(named.count) classes: \(text(lowest))"
  }

  /// A class of which the split has no object has no average precision, which files write as -1.
  private static func figure(_ value: Double?) -> String {
    value.flatMap { $0 < 0 ? nil : String(format: "%.3f", $0) } ?? "–"
  }
}
