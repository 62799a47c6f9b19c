import Runs

extension IterationReport {
  /// Creates the report of a step.
  ///
  /// - Parameters:
  ///   - result: of the step.
  ///   - position: after the step.
  ///   - length: of the run.
  ///   - rate: the learning rate of the step.
  init(
    _ result: TrainingStep.Result, at position: TrainingPosition, of length: TrainingLength,
    rate: Double
  ) {
    self.init(
      done: position.iteration, total: length.iterations,
      epoch: length.epoch(of: position.iteration), epochs: length.epochs,
      loss: result.loss.loss, localization: result.loss.localization,
      confidence: result.loss.confidence,
      positivesPerImage: Double(result.loss.positives) / Double(result.loss.images.count),
      imagesPerSecond: Double(position.epochSums.images) / position.epochSums.seconds,
      learningRate: rate)
  }
}
