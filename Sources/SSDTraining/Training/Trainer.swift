import Detectors
import Files
import Foundation
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
    /// All iterations are done, or the run's patience is over.
    case finished
    /// Stopped on request; the checkpoint holds this iteration.
    case stopped(iteration: Int, total: Int)
  }

  let folder: RunFolder
  /// The configuration, as it stands in the folder from the beginning of the run on.
  public let configuration: TrainingConfiguration
  private let data: TrainingData
  private let measuredSplits: [MeasuredSplit]
  let step: TrainingStep
  private let length: TrainingLength
  private var position = TrainingPosition()
  private let share: TrainingShare
  /// How the processes exchange tensors; nil where there is one alone.
  public let collectives: CollectiveChoice?
  /// Of the first process, which alone works in the folder.
  private let lock: FolderLock?
  private let hasResumed: Bool
  /// The folder's configuration is still that of the length before.
  private var isLengthened = false
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
  ///   - epochs: a new length of the run, at least the epochs that are begun; nil keeps that of the
  ///     configuration. The schedule of the learning rate is stretched to it, from the step that
  ///     the run has reached, a limit of iterations falls, and patience counts anew. The same run,
  ///     made as long at the same step, gives the same weights, but not those of one that was as
  ///     long from its beginning, unless it has not left its warm-up.
  ///   - network: one of one's own; nil makes the preset's that the configuration names.
  ///   - pretrained: the weights that the configuration names, where they were read already.
  ///   - share: of this process among several, which all make a trainer at the same time. Only the
  ///     first one's folder is read and written.
  /// - Throws: ``TrainingError`` for data without images or objects; `FileError` naming file and
  ///   key; `NCCLObstacle` where the share asks for NCCL in vain; an error of LibTorch.
  public init(
    _ configuration: TrainingConfiguration, data: TrainingData, folder: RunFolder,
    startsAnew: Bool = false, acceptsChangedData: Bool = false, epochs: Int? = nil,
    network: (any SSDNetwork)? = nil, pretrained: PretrainedWeights? = nil,
    share: TrainingShare = .whole
  ) throws {
    try configuration.validate(path: folder.configurationPath)
    let wanted = try configuration.lengthened(toEpochs: epochs, path: folder.configurationPath)
    let device = share.device(
      try wanted.device(path: folder.configurationPath), named: wanted.execution.device)
    if let found = network?.store.device, found != device {
      throw FileError(
        path: folder.configurationPath,
        reason: "execution.device: expected \(found), where the network lies, found \(device)")
    }
    try device.checkAvailable()
    let source = wanted.data
    guard !data.training.images.isEmpty else {
      throw TrainingError.noImages(path: source.title, split: source.trainSplit)
    }
    guard data.training.images.contains(where: { !$0.groundTruth.isEmpty }) else {
      throw TrainingError.noObjects(path: source.title, split: source.trainSplit)
    }
    let imageCount = data.training.images.count
    let batchSize = min(wanted.optimization.batchSize, imageCount)
    guard batchSize >= share.batches.count else {
      throw FileError(
        path: folder.configurationPath,
        reason: "optimization.batchSize: expected \(share.batches.count) images or more, one for"
          + " each process, found \(batchSize)")
    }
    try share.check {
      try TrainingFingerprint(
        program: ContentHash(ofFile: OwnExecutable.path).text, wanted, records: data.records)
    }
    collectives = try share.connect(device)
    self.folder = folder
    self.share = share
    self.configuration = wanted
    self.data = data
    length = TrainingLength(wanted, imageCount: imageCount)
    measuredSplits = try MeasuredSplit.all(of: data, wanted, path: folder.configurationPath)
    try TorchRuntime.setThreadCount(wanted.execution.threadCount)
    let made = try network ?? wanted.makeNetwork(on: device)
    try wanted.freezeStages(of: made, path: folder.configurationPath)
    step = try TrainingStep(
      made, loss: wanted.loss,
      optimization: wanted.optimization, execution: wanted.execution, share: share)
    let resumes = try share.ofFirst {
      try folder.resumes(configuration, startsAnew: startsAnew)
    }
    if let weights = wanted.network.pretrained, !resumes {
      let read = try pretrained ?? PretrainedWeights(contentsOf: weights.path)
      let report = try read.load(
        into: made.store, classNames: source.classNames, sourceClassNames: weights.classNames)
      try report.checkHasFrozen(of: made.store, path: weights.path)
      pretrainedReport = report
      if read.layout.hasFoldedNormalizations {
        try step.restoreNormalizations(
          over: BatchLoader(
            epoch: 0, startingAt: 0, of: data, wanted, format: device.batchFormat))
      }
      try step.averages?.reset(to: step.network.store)
    }
    hasResumed = resumes
    var lock: FolderLock?
    var notes: [String] = []
    let step = self.step
    let resumed: ResumedRun? = try share.ofFirst {
      try folder.make()
      lock = try FolderLock(folder.path, work: "a training")
      // What was looked at before the lock may be another's by now.
      guard try folder.resumes(configuration, startsAnew: startsAnew) == resumes else {
        throw FileError(path: folder.path, reason: "changed while this training began; try again")
      }
      notes += folder.removeLeftovers()
      guard resumes else { return nil }
      notes += try folder.keep(data.records, acceptsChanged: acceptsChangedData)
      return try ResumedRun(
        folder, into: step, from: configuration, to: wanted, imageCount: imageCount,
        acceptsChangedData: acceptsChangedData, hasNewLength: epochs != nil)
    }
    self.lock = lock
    if let resumed {
      position = resumed.position
      isLengthened = resumed.isLengthened
      notes += resumed.notes
    } else if wanted != configuration {
      notes.append("epochs \(configuration.optimization.epochs) -> \(length.epochs)")
    }
    self.notes = notes
    try Checkpoint(step: step).resume(at: position, share)
    try synchronizeStatistics()
  }

  /// Lets normalizations take the statistics of all processes' images, where they are to.
  private func synchronizeStatistics() throws {
    guard let group = share.group, optimization.batchStatistics == .sync else { return }
    step.network.store.synchronizeNormalizations(over: group)
  }

  /// Goes on with a run, or starts one that was only configured.
  ///
  /// - Parameters:
  ///   - folder: of the run.
  ///   - acceptsChangedData: goes on though the images are others than when the run began.
  ///   - epochs: a new length of the run, as in the other initializer.
  ///   - network: one of one's own; nil makes the preset's that the configuration names.
  /// - Throws: as the other initializer.
  public convenience init(
    resuming folder: RunFolder, acceptsChangedData: Bool = false, epochs: Int? = nil,
    network: (any SSDNetwork)? = nil
  ) throws {
    let configuration = try folder.configuration()
    try self.init(
      configuration, data: TrainingData(configuration.data), folder: folder,
      acceptsChangedData: acceptsChangedData, epochs: epochs, network: network)
  }

  /// The fate of the weights that the run starts from; nil without any, and after resuming.
  public private(set) var pretrainedReport: PretrainedWeights.Report?

  /// Iterations done.
  public var iteration: Int { position.iteration }

  /// Trains to the end of the run, or until `shouldStop` says so.
  ///
  /// Checkpoints are written before the first step, at the end of each epoch, before and after it
  /// is measured, and every two minutes; a run that ends well, early by its patience too, exports
  /// its network as `detector.onnx`.
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
    let isNew = !hasResumed && position.iteration == 0
    try share.first {
      if isNew {
        try folder.create(configuration)
        _ = try folder.keep(data.records, acceptsChanged: false)
        try save()
      }
      if isLengthened {
        // In this order: what is killed in between has lost nothing, and is as long as before.
        try save()
        try folder.replace(configuration)
      }
    }
    isLengthened = false
    for note in notes { try observe(.note(note)) }
    notes = []
    if hasResumed { try observe(.resumed(iteration: position.iteration)) }
    do {
      if position.isToBeEvaluated == true {
        try evaluateEpoch(shouldStop: shouldStop, observe: observe)
      }
      while !position.hasEnded(optimization, length) {
        let epoch = position.iteration / length.iterationsPerEpoch
        let end = min((epoch + 1) * length.iterationsPerEpoch, length.iterations)
        try runEpoch(epoch, until: end, shouldStop: shouldStop, observe: observe)
        try finishEpoch(epoch, shouldStop: shouldStop, observe: observe)
        // An epoch of one step is never asked inside.
        if !position.hasEnded(optimization, length), try share.any(shouldStop()) {
          throw StopRequest()
        }
      }
    } catch is StopRequest {
      return .stopped(iteration: position.iteration, total: length.iterations)
    }
    if share.isFirst {
      try observe(.ended(ending()))
      try export(observe)
    }
    return .finished
  }

  /// Ends the work in between; all is saved.
  struct StopRequest: Error {}

  private func ending() throws -> TrainingEnd {
    TrainingEnd(
      epoch: length.epoch(of: position.iteration), epochs: length.epochs,
      keptEpoch: try folder.keptEpoch, split: measuredSplits.first(where: \.selects)?.name,
      averagePrecision: position.bestAveragePrecision,
      patience: position.iteration < length.iterations ? optimization.patience : nil)
  }

  private func save() throws {
    try Checkpoint(step: step).save(position, to: folder.checkpointPath)
  }

  /// Writes the trained network for inference engines. A network of one's own may compute what no
  /// graph has: that must not cost the training. A file that cannot be written is an error.
  func export(_ observe: (TrainingEvent) throws -> Void) throws {
    let path: String
    do {
      try step.network.store.load(from: folder.weightsPath)
      path = try folder.exportONNX(step.network, configuration, weights: folder.weightsPath)
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
    let batchesPerStep = optimization.accumulation
    let begun = position.iteration - epoch * length.iterationsPerEpoch
    let loader = BatchLoader(
      epoch: epoch, startingAt: begun * batchesPerStep, of: data, configuration,
      share: share.batches, format: step.network.store.device.batchFormat)
    var lastCheckpoint = Date()
    while position.iteration < end {
      let start = Date()
      let waited = share.waitingSeconds
      var batches: [Batch] = []
      while batches.count < batchesPerStep, let batch = try loader.next() {
        batches.append(batch)
      }
      if batches.isEmpty { break }
      let rate = optimization.learningRate.rate(
        at: position.iteration, of: length.scheduledIterations)
      let result = try step(batches, iteration: position.iteration, rate: rate)
      position.iteration += 1
      position.lossScale = step.lossScale
      position.epochSums.add(
        result, seconds: -start.timeIntervalSinceNow,
        inCollectives: share.waitingSeconds.map { $0 - (waited ?? 0) })
      try observe(.iteration(IterationReport(result, at: position, of: length, rate: rate)))
      if position.iteration < end {
        if try share.any(shouldStop()) {
          try share.first(save)
          throw StopRequest()
        }
        if share.isFirst, -lastCheckpoint.timeIntervalSinceNow > Self.checkpointInterval {
          try save()
          lastCheckpoint = Date()
        }
      }
    }
  }

  /// Writes metrics and the checkpoint, and measures when it is time.
  private func finishEpoch(
    _ epoch: Int, shouldStop: () -> Bool, observe: (TrainingEvent) throws -> Void
  ) throws {
    let rate = optimization.learningRate.rate(
      at: position.iteration - 1, of: length.scheduledIterations)
    let metrics = position.epochSums.metrics(
      iteration: position.iteration, epoch: epoch + 1, learningRate: rate)
    position.epochSums = EpochSums()
    let isTime = length.isMeasured(after: position.iteration)
    position.isToBeEvaluated = isTime ? true : nil
    try share.first {
      try MetricsFile(path: folder.metricsPath).append(.training(metrics))
      // Before anybody hears of it: a page that cannot be written costs no training.
      try save()
    }
    try observe(.trained(metrics))
    if isTime { try evaluateEpoch(shouldStop: shouldStop, observe: observe) }
  }

  /// Measures the weights, and keeps them where they are the best.
  func evaluateEpoch(
    shouldStop: () -> Bool, observe: (TrainingEvent) throws -> Void
  ) throws {
    if optimization.batchStatistics == .local { try step.takeFirstStatistics() }
    var images: [[EvaluationImage]] = []
    for split in measuredSplits {
      images.append(
        try split.images(of: step, configuration, share, shouldStop: shouldStop) { done, total in
          try observe(.measuring(split: split.name, done: done, total: total))
        })
    }
    // Other processors may round otherwise: one decides which weights are the best.
    position = try share.ofFirst { try keepBest(images, observe: observe) }
  }

  /// Writes the measures of the splits, and the weights where they are the best.
  ///
  /// - Returns: the position, all being measured and saved.
  private func keepBest(
    _ images: [[EvaluationImage]], observe: (TrainingEvent) throws -> Void
  ) throws -> TrainingPosition {
    let epoch = length.epoch(of: position.iteration)
    let results = zip(measuredSplits, images).map {
      $0.measurement(of: $1, configuration, iteration: position.iteration, epoch: epoch)
    }
    // Nothing chooses where there is no validation split: then the last weights are kept.
    let choosing = results.first(where: \.metrics.selects)
    let isBest = choosing.map { $0.metrics.ap > position.bestAveragePrecision ?? -.infinity }
    let file = MetricsFile(path: folder.metricsPath)
    for result in results { try file.append(.evaluation(result.metrics)) }
    if isBest ?? true {
      let kept = choosing?.kept(classCount: configuration.data.classNames.count)
      let metadata = try (kept ?? KeptWeights(epoch: epoch)).metadata()
      try step.withEvaluatedWeights {
        try step.network.store.save(to: folder.weightsPath, metadata: metadata)
      }
    }
    // What is killed while it draws measures and draws again.
    for result in results {
      try observe(.evaluated(result.metrics, result.details(isKept: isBest ?? true)))
    }
    if isBest == true { position.bestAveragePrecision = choosing?.metrics.ap }
    position.measurementsWithoutRise =
      isBest ?? true ? nil : (position.measurementsWithoutRise ?? 0) + 1
    position.isToBeEvaluated = nil
    try save()
    return position
  }
}
