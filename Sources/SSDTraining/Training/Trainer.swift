import Datasets
import Detectors
import Files
import Foundation
import ModelFiles
import MultiBox
import NetworkGraphs
import Runs
import SSDModels
import Torch
import TrainingInput

/// Trains the network of a run, with validation, checkpoints and metrics in the run's folder.
public final class Trainer {
  /// The end of a training.
  public enum Outcome: Hashable, Sendable {
    /// All iterations are done.
    case finished
    /// Stopped on request; the checkpoint holds this iteration.
    case stopped(iteration: Int, total: Int)
  }

  private let folder: RunFolder
  /// The configuration, as it stands in the folder.
  public let configuration: TrainingConfiguration
  private let data: TrainingData
  private let evaluations: [(dataset: DetectionDataset, split: String, selects: Bool)]
  private let step: TrainingStep
  private var position = TrainingPosition()
  private let lock: FolderLock
  private let hasResumed: Bool
  /// What happened before ``run(shouldStop:observe:)``, whose events tell it.
  private var notes: [String] = []
  private var optimization: TrainingConfiguration.Optimization { configuration.optimization }

  /// Seconds between checkpoints inside a long epoch.
  private static let checkpointInterval = 120.0

  /// Starts a run in a new folder, or goes on with the one that the folder holds.
  ///
  /// One trainer at a time works in a folder, of this process or another. Nothing is written before
  /// everything is checked; a new run's configuration is, when it begins to run.
  ///
  /// - Parameters:
  ///   - configuration: is written into the folder; a run that goes on must have the same, unless
  ///     it has learnt nothing yet.
  ///   - data: images to train on, to choose the best weights by, and to measure.
  ///   - folder: of the run; made where it is missing.
  ///   - startsAnew: makes a run that the folder holds an error, unless it has learnt nothing yet.
  ///   - acceptsChangedData: goes on though the images are others than when the run began.
  ///   - network: one of one's own; nil makes the preset's that the configuration names.
  ///   - pretrained: the weights that the configuration names, where they were read already.
  /// - Throws: ``TrainingError`` for data without images or objects; `FileError` naming file and
  ///   key; an error of LibTorch.
  public init(
    _ configuration: TrainingConfiguration, data: TrainingData, folder: RunFolder,
    startsAnew: Bool = false, acceptsChangedData: Bool = false,
    network: (any SSDNetwork)? = nil, pretrained: PretrainedWeights? = nil
  ) throws {
    try configuration.validate(path: folder.configurationPath)
    let device = try configuration.device(path: folder.configurationPath)
    if let found = network?.store.device, found != device {
      throw FileError(
        path: folder.configurationPath,
        reason: "execution.device: expected \(found), where the network lies, found \(device)")
    }
    try device.checkAvailable()
    let source = configuration.data
    guard !data.training.images.isEmpty else {
      throw TrainingError.noImages(path: source.title, split: source.trainSplit)
    }
    guard data.training.images.contains(where: { !$0.groundTruth.isEmpty }) else {
      throw TrainingError.noObjects(path: source.title, split: source.trainSplit)
    }
    self.folder = folder
    self.configuration = configuration
    self.data = data
    var evaluations: [(DetectionDataset, String, Bool)] = []
    if let validation = data.validation, let split = source.validationSplit {
      evaluations.append((validation, split, true))
    }
    if let test = data.test, let split = source.testSplit {
      evaluations.append((test, split, false))
    }
    self.evaluations = evaluations.filter { !$0.0.images.isEmpty }
    try TorchRuntime.setThreadCount(configuration.execution.threadCount)
    step = try TrainingStep(
      network ?? configuration.makeNetwork(on: device), loss: configuration.loss,
      optimization: configuration.optimization, execution: configuration.execution)
    let resumes = try folder.resumes(configuration, startsAnew: startsAnew)
    if let weights = configuration.network.pretrained, !resumes {
      pretrainedReport = try (pretrained ?? PretrainedWeights(contentsOf: weights.path)).load(
        into: step.network.store, classNames: source.classNames,
        sourceClassNames: weights.classNames)
      try step.averages?.reset(to: step.network.store)
    }
    try folder.make()
    lock = try FolderLock(folder.path, work: "a training")
    hasResumed = resumes
    // What was looked at before the lock may be another's by now.
    guard try folder.resumes(configuration, startsAnew: startsAnew) == resumes else {
      throw FileError(path: folder.path, reason: "changed while this training began; try again")
    }
    notes += folder.removeLeftovers()
    if resumes {
      notes += try folder.keep(data.records, acceptsChanged: acceptsChangedData)
      // Of fewer images there are fewer iterations than were done.
      position = try Checkpoint(step: step).restore(
        from: folder.checkpointPath, of: acceptsChangedData ? .max : totalIterations)
      if position.bestAveragePrecision != nil, let reason = lostWeights() {
        notes.append("\(reason); the next measurement keeps others")
        position.bestAveragePrecision = nil
        if position.iteration >= totalIterations { position.isToBeEvaluated = true }
      }
      notes += try MetricsFile(path: folder.metricsPath).truncate(
        after: position.iteration, keepsEvaluations: position.isToBeEvaluated != true)
    }
  }

  /// Why the best weights so far cannot be read; nil where they can.
  private func lostWeights() -> String? {
    do {
      _ = try Safetensors(contentsOf: folder.weightsPath)
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// Goes on with a run, or starts one that was only configured.
  ///
  /// - Parameters:
  ///   - folder: of the run.
  ///   - acceptsChangedData: goes on though the images are others than when the run began.
  ///   - network: one of one's own; nil makes the preset's that the configuration names.
  /// - Throws: as the other initializer.
  public convenience init(
    resuming folder: RunFolder, acceptsChangedData: Bool = false,
    network: (any SSDNetwork)? = nil
  ) throws {
    let configuration = try folder.configuration()
    try self.init(
      configuration, data: TrainingData(configuration.data), folder: folder,
      acceptsChangedData: acceptsChangedData, network: network)
  }

  /// The fate of the weights that the run starts from; nil without any, and after resuming.
  public private(set) var pretrainedReport: PretrainedWeights.Report?

  /// Iterations of one epoch: the last, smaller batch is left out, unless it is the only one.
  private var iterationsPerEpoch: Int {
    max(data.training.images.count / optimization.batchSize, 1)
  }

  private var scheduledIterations: Int { optimization.epochs * iterationsPerEpoch }

  private var totalIterations: Int {
    min(scheduledIterations, optimization.maximumIterations ?? .max)
  }

  /// Iterations done.
  public var iteration: Int { position.iteration }

  /// Trains to the end of the run, or until `shouldStop` says so.
  ///
  /// Checkpoints are written before the first step, at the end of each epoch, before and after it
  /// is measured, and every two minutes; a run that ends well exports its network as
  /// `detector.onnx`.
  ///
  /// - Parameters:
  ///   - shouldStop: asked after each iteration and each image that is measured; true ends with a
  ///     checkpoint.
  ///   - observe: called on this thread; what it throws ends the training.
  /// - Returns: the end that it came to.
  /// - Throws: ``TrainingError`` where loss or gradient is not finite; `FileError`; an error of
  ///   LibTorch.
  public func run(
    shouldStop: () -> Bool = { false }, observe: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> Outcome {
    if !hasResumed, position.iteration == 0 {
      try folder.create(configuration)
      _ = try folder.keep(data.records, acceptsChanged: false)
      try save()
    }
    for note in notes { try observe(.note(note)) }
    notes = []
    if hasResumed { try observe(.resumed(iteration: position.iteration)) }
    do {
      if position.isToBeEvaluated == true {
        try evaluateEpoch(
          (position.iteration - 1) / iterationsPerEpoch, shouldStop: shouldStop, observe: observe)
      }
      while position.iteration < totalIterations {
        let epoch = position.iteration / iterationsPerEpoch
        let end = min((epoch + 1) * iterationsPerEpoch, totalIterations)
        try runEpoch(epoch, until: end, shouldStop: shouldStop, observe: observe)
        try finishEpoch(epoch, shouldStop: shouldStop, observe: observe)
        // An epoch of one step is never asked inside.
        if position.iteration < totalIterations, shouldStop() { throw StopRequest() }
      }
    } catch is StopRequest {
      return .stopped(iteration: position.iteration, total: totalIterations)
    }
    try export(observe)
    return .finished
  }

  /// Ends the work in between; all is saved.
  private struct StopRequest: Error {}

  private func save() throws {
    try Checkpoint(step: step).save(position, to: folder.checkpointPath)
  }

  /// Writes the trained network for inference engines. A network of one's own may compute what no
  /// graph has: that must not cost the training. A file that cannot be written is an error.
  private func export(_ observe: (TrainingEvent) throws -> Void) throws {
    let path: String
    do {
      try step.network.store.load(from: folder.weightsPath)
      path = try folder.exportONNX(step.network, configuration)
    } catch  where error is NetworkGraphError || error is TorchError {
      try observe(.notExported(reason: "\(error)"))
      return
    }
    try observe(.exported(path: path))
  }

  /// Runs the rest of an epoch.
  private func runEpoch(
    _ epoch: Int, until end: Int, shouldStop: () -> Bool,
    observe: (TrainingEvent) throws -> Void
  ) throws {
    let loader = makeLoader(
      epoch: epoch, startingAt: position.iteration - epoch * iterationsPerEpoch)
    var lastCheckpoint = Date()
    while position.iteration < end {
      let start = Date()
      guard let batch = try loader.next() else { break }
      let rate = optimization.learningRate.rate(
        at: position.iteration, of: scheduledIterations)
      let result = try step(batch, iteration: position.iteration, rate: rate)
      position.iteration += 1
      position.epochSums.add(result, images: batch.count, seconds: -start.timeIntervalSinceNow)
      try observe(
        .iteration(report(result, images: batch.count, epoch: epoch, rate: rate)))
      if position.iteration < end {
        if shouldStop() {
          try save()
          throw StopRequest()
        }
        if -lastCheckpoint.timeIntervalSinceNow > Self.checkpointInterval {
          try save()
          lastCheckpoint = Date()
        }
      }
    }
  }

  private func makeLoader(epoch: Int, startingAt batch: Int) -> BatchLoader {
    BatchLoader(
      dataset: data.training, cache: data.cache,
      configuration: BatchLoader.Configuration(
        batchSize: optimization.batchSize, input: configuration.network.input,
        augmentation: configuration.augmentation.inEpoch(epoch, of: optimization.epochs),
        seed: optimization.seed, epoch: epoch, startingBatch: batch, shuffles: true,
        sampling: optimization.sampling, dropsLast: true,
        workerCount: configuration.execution.loaderThreadCount))
  }

  /// Writes metrics and the checkpoint, and measures when it is time.
  private func finishEpoch(
    _ epoch: Int, shouldStop: () -> Bool, observe: (TrainingEvent) throws -> Void
  ) throws {
    let rate = optimization.learningRate.rate(
      at: position.iteration - 1, of: scheduledIterations)
    let metrics = position.epochSums.metrics(
      iteration: position.iteration, epoch: epoch + 1, learningRate: rate)
    try MetricsFile(path: folder.metricsPath).append(.training(metrics))
    position.epochSums = EpochSums()
    let interval = configuration.execution.validationInterval
    let isTime =
      position.iteration >= totalIterations || (interval > 0 && (epoch + 1) % interval == 0)
    position.isToBeEvaluated = isTime ? true : nil
    // Before anybody hears of it: a page that cannot be written costs no training.
    try save()
    try observe(.trained(metrics))
    if isTime { try evaluateEpoch(epoch, shouldStop: shouldStop, observe: observe) }
  }

  /// Measures the weights, and keeps them where they are the best.
  private func evaluateEpoch(
    _ epoch: Int, shouldStop: () -> Bool, observe: (TrainingEvent) throws -> Void
  ) throws {
    var isBest = true
    // The position changes when all is measured: a stop in between measures again.
    var best = position.bestAveragePrecision
    var results: [Measured] = []
    // Nothing chooses where there is no validation split: then the last weights are kept.
    var kept = KeptWeights(epoch: epoch + 1)
    for evaluation in evaluations {
      let result = try evaluate(evaluation, epoch: epoch + 1) { done, total in
        try observe(.measuring(split: evaluation.split, done: done, total: total))
        if done < total, shouldStop() { throw StopRequest() }
      }
      results.append(result)
      guard evaluation.selects else { continue }
      isBest = result.metrics.ap > best ?? -.infinity
      if isBest { best = result.metrics.ap }
      kept = result.kept(classCount: configuration.data.classNames.count)
    }
    let file = MetricsFile(path: folder.metricsPath)
    for result in results { try file.append(.evaluation(result.metrics)) }
    if isBest {
      let metadata = try kept.metadata()
      try withEvaluatedWeights {
        try step.network.store.save(to: folder.weightsPath, metadata: metadata)
      }
    }
    // What is killed while it draws measures and draws again.
    for result in results {
      try observe(.evaluated(result.metrics, result.details(isKept: isBest)))
    }
    position.bestAveragePrecision = best
    position.isToBeEvaluated = nil
    try save()
  }

  private func evaluate(
    _ evaluation: (dataset: DetectionDataset, split: String, selects: Bool), epoch: Int,
    observe: (Int, Int) throws -> Void
  ) throws -> Measured {
    let classNames = configuration.data.classNames
    let threadCount = configuration.execution.threadCount
    let images = try withEvaluatedWeights {
      try NetworkDetector(
        step.network, configuration.detector, threadCount: threadCount,
        batchSize: optimization.batchSize
      ).evaluationImages(of: evaluation.dataset, observe: observe)
    }
    let summary = COCOAveragePrecision(
      classCount: classNames.count, threadCount: threadCount
    ).summary(of: images)
    let perClass = summary.perClass.map { ["AP": $0.ap, "AP50": $0.ap50] }
    let metrics = EvaluationMetrics(
      iteration: position.iteration, epoch: epoch, split: evaluation.split,
      selects: evaluation.selects, ap: summary.ap, ap50: summary.ap50, ap75: summary.ap75,
      perClass: ClassKeys(classNames).dictionary(perClass))
    return Measured(
      metrics: metrics, dataset: evaluation.dataset,
      matched: MatchedImages(images, threadCount: threadCount), summary: summary)
  }

  /// The results on one split, before it is known whether the weights are kept.
  private struct Measured {
    let metrics: EvaluationMetrics
    let dataset: DetectionDataset
    let matched: MatchedImages
    let summary: COCOSummary

    func details(isKept: Bool) -> Evaluation {
      Evaluation(dataset: dataset, matched: matched, summary: summary, isKept: isKept)
    }

    /// What the weights say of themselves if this split chooses them.
    func kept(classCount: Int) -> KeptWeights {
      KeptWeights(
        epoch: metrics.epoch, split: metrics.split, ap: metrics.ap,
        bestThresholds: BestThresholds(
          split: metrics.split,
          curves: ScoreCurve.curves(of: matched, classCount: classCount)))
    }
  }

  /// Runs `body` while the network has the weights that validation and detection use.
  private func withEvaluatedWeights<Result>(_ body: () throws -> Result) throws -> Result {
    try step.averages?.withAverages(in: step.network.store, body) ?? body()
  }

  private func report(
    _ result: TrainingStep.Result, images: Int, epoch: Int, rate: Double
  ) -> IterationReport {
    IterationReport(
      done: position.iteration, total: totalIterations, epoch: epoch + 1,
      epochs: optimization.epochs, loss: result.loss.loss,
      localization: result.loss.localization, confidence: result.loss.confidence,
      positivesPerImage: Double(result.loss.positives) / Double(images),
      imagesPerSecond: Double(position.epochSums.images) / position.epochSums.seconds,
      learningRate: rate)
  }
}

extension EpochSums {
  fileprivate mutating func add(
    _ result: TrainingStep.Result, images count: Int, seconds time: Double
  ) {
    iterations += 1
    images += count
    loss += result.loss.loss
    localization += result.loss.localization
    confidence += result.loss.confidence
    positives += result.loss.positives
    gradientNorm += result.gradientNorm
    seconds += time
  }

  fileprivate func metrics(iteration: Int, epoch: Int, learningRate: Double) -> TrainingMetrics {
    let count = Double(max(iterations, 1))
    return TrainingMetrics(
      iteration: iteration, epoch: epoch, loss: loss / count, localization: localization / count,
      confidence: confidence / count, positivesPerImage: Double(positives) / Double(max(images, 1)),
      learningRate: learningRate, gradientNorm: gradientNorm / count,
      imagesPerSecond: seconds > 0 ? Double(images) / seconds : 0)
  }
}
