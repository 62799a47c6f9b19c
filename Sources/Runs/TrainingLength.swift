/// The iterations of a run, as its epochs, its batch and the number of its images give them.
public struct TrainingLength: Hashable, Sendable {
  /// Iterations of one epoch: the last, smaller batch is left out, unless it is the only one, and
  /// so are the last batches that are too few for a step, unless that is the only one.
  public let iterationsPerEpoch: Int
  /// Iterations that the schedule of the learning rate spans, those of all epochs.
  public let scheduledIterations: Int
  /// Iterations after which the run ends, unless its patience ends it before.
  public let iterations: Int
  /// Epochs of the whole run.
  public let epochs: Int
  private let validationInterval: Int

  /// Computes the length of a run.
  ///
  /// - Parameters:
  ///   - configuration: of the run.
  ///   - imageCount: images of the training split.
  public init(_ configuration: TrainingConfiguration, imageCount: Int) {
    let optimization = configuration.optimization
    epochs = optimization.epochs
    iterationsPerEpoch = max(
      imageCount / (optimization.batchSize * optimization.accumulation), 1)
    scheduledIterations = optimization.epochs * iterationsPerEpoch
    iterations = min(scheduledIterations, optimization.maximumIterations ?? .max)
    validationInterval = configuration.execution.validationInterval
  }

  /// Returns the epoch, from 1, that an iteration belongs to.
  ///
  /// - Parameter iteration: from 1, the last one done.
  public func epoch(of iteration: Int) -> Int {
    max(iteration + iterationsPerEpoch - 1, iterationsPerEpoch) / iterationsPerEpoch
  }

  /// Says whether the splits are measured when an epoch has been trained.
  ///
  /// - Parameter iteration: the last one of the epoch, from 1.
  public func isMeasured(after iteration: Int) -> Bool {
    iteration >= iterations
      || validationInterval > 0 && epoch(of: iteration) % validationInterval == 0
  }

  /// Times that the splits are measured, unless patience ends the run before.
  public var measurementCount: Int {
    let epochs = epoch(of: iterations)
    return validationInterval > 0 ? (epochs + validationInterval - 1) / validationInterval : 1
  }
}
