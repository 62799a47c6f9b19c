import Runs

extension EpochSums {
  mutating func add(
    _ result: TrainingStep.Result, seconds time: Double, inCollectives waited: Double?
  ) {
    iterations += 1
    images += result.loss.images.count
    loss += result.loss.loss
    localization += result.loss.localization
    confidence += result.loss.confidence
    positives += result.loss.positives
    if result.isSkipped {
      skippedSteps = (skippedSteps ?? 0) + 1
    } else {
      gradientNorm += result.gradientNorm
    }
    seconds += time
    // A run may go on with another number of processes.
    if let waited { collectiveSeconds = (collectiveSeconds ?? 0) + waited }
    lossSeconds = (lossSeconds ?? 0) + result.lossSeconds
  }

  func metrics(iteration: Int, epoch: Int, learningRate: Double) -> TrainingMetrics {
    let count = Double(max(iterations, 1))
    return TrainingMetrics(
      iteration: iteration, epoch: epoch, loss: loss / count, localization: localization / count,
      confidence: confidence / count, positivesPerImage: Double(positives) / Double(max(images, 1)),
      learningRate: learningRate,
      gradientNorm: gradientNorm / Double(max(iterations - (skippedSteps ?? 0), 1)),
      imagesPerSecond: seconds > 0 ? Double(images) / seconds : 0,
      collectiveShare: seconds > 0 ? collectiveSeconds.map { $0 / seconds } : nil,
      lossShare: seconds > 0 ? lossSeconds.map { $0 / seconds } : nil,
      skippedSteps: skippedSteps)
  }
}
