import Runs

extension EpochSums {
  mutating func add(
    _ result: TrainingStep.Result, seconds time: Double
  ) {
    iterations += 1
    images += result.loss.images.count
    loss += result.loss.loss
    localization += result.loss.localization
    confidence += result.loss.confidence
    positives += result.loss.positives
    gradientNorm += result.gradientNorm
    seconds += time
  }

  func metrics(iteration: Int, epoch: Int, learningRate: Double) -> TrainingMetrics {
    let count = Double(max(iterations, 1))
    return TrainingMetrics(
      iteration: iteration, epoch: epoch, loss: loss / count, localization: localization / count,
      confidence: confidence / count, positivesPerImage: Double(positives) / Double(max(images, 1)),
      learningRate: learningRate, gradientNorm: gradientNorm / count,
      imagesPerSecond: seconds > 0 ? Double(images) / seconds : 0)
  }
}
