import DetectionData
import Foundation
import MultiBox
import SSDModels
import Torch

/// What a training tells whoever shows it.
public enum TrainingEvent: Sendable {
  case iteration(IterationReport)
  case trained(TrainingMetrics)
  case evaluated(EvaluationMetrics, Evaluation)
  /// The run went on from this iteration.
  case resumed(iteration: Int)
}

/// What an evaluation gave besides its figures.
public struct Evaluation: Sendable {
  public let dataset: DetectionDataset
  /// What stands in the dataset's images and what was found, in their order.
  public let images: [EvaluationImage]
  public let summary: COCOSummary
}

/// Figures of one iteration, for a progress bar.
public struct IterationReport: Sendable {
  /// Iterations done, and of the whole run.
  public let done: Int
  public let total: Int
  public let epoch: Int
  public let epochs: Int
  public let loss: Double
  public let localization: Double
  public let confidence: Double
  public let positivesPerImage: Double
  public let imagesPerSecond: Double
  public let learningRate: Double
}

/// Trains the network of a run, with validation, checkpoints and metrics in the run's folder.
public final class Trainer {
  /// How a training ended.
  public enum Outcome: Hashable, Sendable {
    case finished
    /// Stopped on request; the checkpoint holds this iteration.
    case stopped(iteration: Int, total: Int)
  }

  private let folder: RunFolder
  private let configuration: TrainingConfiguration
  private let training: DetectionDataset
  private let cache: ImageCache
  private let evaluations: [(dataset: DetectionDataset, split: String, selects: Bool)]
  private let step: TrainingStep
  private var position = TrainingPosition()

  /// Seconds between checkpoints inside a long epoch.
  private static let checkpointInterval = 120.0

  /// - Parameters:
  ///   - folder: a created run; a checkpoint in it is continued.
  ///   - training: images to train on.
  ///   - validation: images that choose the best weights, or nil.
  ///   - test: images that are only measured, or nil.
  public init(
    folder: RunFolder, configuration: TrainingConfiguration, training: DetectionDataset,
    validation: DetectionDataset?, test: DetectionDataset?
  ) throws {
    guard !training.images.isEmpty else {
      throw TrainingError.noImages(path: configuration.data, split: configuration.trainSplit)
    }
    guard training.images.contains(where: { !$0.groundTruth.isEmpty }) else {
      throw TrainingError.noObjects(path: configuration.data, split: configuration.trainSplit)
    }
    self.folder = folder
    self.configuration = configuration
    self.training = training
    cache = ImageCache(training)
    var evaluations: [(DetectionDataset, String, Bool)] = []
    if let validation, let split = configuration.validationSplit {
      evaluations.append((validation, split, true))
    }
    if let test, let split = configuration.testSplit { evaluations.append((test, split, false)) }
    self.evaluations = evaluations.filter { !$0.0.images.isEmpty }
    try TorchRuntime.setThreadCount(configuration.threadCount)
    step = try TrainingStep(configuration)
    if folder.hasCheckpoint {
      position = try Checkpoint(step: step).restore(from: folder.checkpointPath)
      try MetricsFile(path: folder.metricsPath).truncate(after: position.iteration)
    } else {
      try loadPretrained()
    }
    if !folder.hasCheckpoint, let average = step.average {
      for (target, source) in zip(average.store.variables, step.network.store.variables) {
        try target.tensor.assign(source.tensor)
      }
    }
  }

  /// What became of the weights that the run starts from; nil without any, and after resuming.
  public private(set) var pretrainedReport: PretrainedWeights.Report?

  private func loadPretrained() throws {
    guard let path = configuration.pretrained else { return }
    pretrainedReport = try PretrainedWeights(contentsOf: path).load(
      into: step.network.store, classNames: configuration.classNames,
      sourceClassNames: configuration.pretrainedClassNames)
  }

  /// Iterations of one epoch: the last, smaller batch is left out, unless it is the only one.
  private var iterationsPerEpoch: Int {
    max(training.images.count / configuration.batchSize, 1)
  }

  private var scheduledIterations: Int { configuration.epochs * iterationsPerEpoch }

  private var totalIterations: Int {
    min(scheduledIterations, configuration.maximumIterations ?? .max)
  }

  /// Iterations done.
  public var iteration: Int { position.iteration }

  /// Trains to the end of the run, or until `shouldStop` says so after an iteration.
  ///
  /// - Parameter observe: called on this thread; what it throws ends the training.
  public func run(
    shouldStop: () -> Bool = { false }, observe: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> Outcome {
    if position.iteration > 0 { try observe(.resumed(iteration: position.iteration)) }
    while position.iteration < totalIterations {
      let epoch = position.iteration / iterationsPerEpoch
      let end = min((epoch + 1) * iterationsPerEpoch, totalIterations)
      guard try runEpoch(epoch, until: end, shouldStop: shouldStop, observe: observe) else {
        try Checkpoint(step: step).save(position, to: folder.checkpointPath)
        return .stopped(iteration: position.iteration, total: totalIterations)
      }
      try finishEpoch(epoch, observe: observe)
    }
    return .finished
  }

  /// Runs the rest of an epoch; false when stopped inside it.
  private func runEpoch(
    _ epoch: Int, until end: Int, shouldStop: () -> Bool,
    observe: (TrainingEvent) throws -> Void
  ) throws -> Bool {
    let loader = makeLoader(
      epoch: epoch, startingAt: position.iteration - epoch * iterationsPerEpoch)
    var lastCheckpoint = Date()
    while position.iteration < end {
      let start = Date()
      guard let batch = try loader.next() else { break }
      let rate = configuration.learningRate.rate(
        at: position.iteration, of: scheduledIterations)
      let result = try step(batch, iteration: position.iteration, rate: rate)
      position.iteration += 1
      position.epochSums.add(result, images: batch.count, seconds: -start.timeIntervalSinceNow)
      try observe(
        .iteration(report(result, images: batch.count, epoch: epoch, rate: rate)))
      if position.iteration < end {
        if shouldStop() { return false }
        if -lastCheckpoint.timeIntervalSinceNow > Self.checkpointInterval {
          try Checkpoint(step: step).save(position, to: folder.checkpointPath)
          lastCheckpoint = Date()
        }
      }
    }
    return true
  }

  private func makeLoader(epoch: Int, startingAt batch: Int) -> BatchLoader {
    BatchLoader(
      dataset: training, cache: cache,
      configuration: BatchLoader.Configuration(
        batchSize: configuration.batchSize, width: configuration.imageSide,
        height: configuration.imageSide, normalization: configuration.normalization,
        augmentation: configuration.augmentation, seed: configuration.seed, epoch: epoch,
        startingBatch: batch, shuffles: true, dropsLast: true,
        workerCount: configuration.loaderThreadCount))
  }

  /// Writes metrics, evaluates when it is time, keeps the weights and the checkpoint.
  private func finishEpoch(_ epoch: Int, observe: (TrainingEvent) throws -> Void) throws {
    let metricsFile = MetricsFile(path: folder.metricsPath)
    let rate = configuration.learningRate.rate(
      at: position.iteration - 1, of: scheduledIterations)
    let metrics = position.epochSums.metrics(
      iteration: position.iteration, epoch: epoch + 1, learningRate: rate)
    try metricsFile.append(.training(metrics))
    try observe(.trained(metrics))
    position.epochSums = EpochSums()

    let isLast = position.iteration >= totalIterations
    let interval = configuration.validationInterval
    var isBest = true
    if isLast || (interval > 0 && (epoch + 1) % interval == 0) {
      for evaluation in evaluations {
        let (metrics, details) = try evaluate(evaluation, epoch: epoch + 1)
        try metricsFile.append(.evaluation(metrics))
        try observe(.evaluated(metrics, details))
        if evaluation.selects {
          isBest = metrics.ap > position.bestAveragePrecision ?? -.infinity
          if isBest { position.bestAveragePrecision = metrics.ap }
        }
      }
      if isBest { try step.evaluated.store.save(to: folder.weightsPath) }
    }
    try Checkpoint(step: step).save(position, to: folder.checkpointPath)
  }

  private func evaluate(
    _ evaluation: (dataset: DetectionDataset, split: String, selects: Bool), epoch: Int
  ) throws -> (EvaluationMetrics, Evaluation) {
    let detector = try RunDetector(
      configuration.detector, network: step.evaluated, precision: .float32)
    let images = try detector.evaluationImages(
      of: evaluation.dataset, batchSize: configuration.batchSize,
      loaderThreadCount: configuration.loaderThreadCount)
    let summary = COCOAveragePrecision(
      classCount: configuration.classNames.count, threadCount: configuration.threadCount
    ).summary(of: images)
    let perClass = summary.perClass.map { ["AP": $0.ap, "AP50": $0.ap50] }
    let metrics = EvaluationMetrics(
      iteration: position.iteration, epoch: epoch, split: evaluation.split,
      selects: evaluation.selects, ap: summary.ap, ap50: summary.ap50, ap75: summary.ap75,
      perClass: ClassKeys(configuration.classNames).dictionary(perClass))
    return (metrics, Evaluation(dataset: evaluation.dataset, images: images, summary: summary))
  }

  private func report(
    _ result: TrainingStep.Result, images: Int, epoch: Int, rate: Double
  ) -> IterationReport {
    IterationReport(
      done: position.iteration, total: totalIterations, epoch: epoch + 1,
      epochs: configuration.epochs, loss: result.loss.loss,
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
