import Datasets
import MultiBox

/// What a training tells whoever shows it.
public enum TrainingEvent: Sendable {
  case iteration(IterationReport)
  case trained(TrainingMetrics)
  case evaluated(EvaluationMetrics, Evaluation)
  /// The run went on from this iteration.
  case resumed(iteration: Int)
  /// The trained network was written for inference engines.
  case exported(path: String)
  /// The trained network could not be written for inference engines; the weights are there.
  case notExported(reason: String)
}

/// What an evaluation gave besides its figures.
public struct Evaluation: Sendable {
  public let dataset: DetectionDataset
  /// What stands in the dataset's images and what was found, in their order.
  public let images: [EvaluationImage]
  public let summary: COCOSummary

  package init(dataset: DetectionDataset, images: [EvaluationImage], summary: COCOSummary) {
    self.dataset = dataset
    self.images = images
    self.summary = summary
  }
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

  package init(
    done: Int, total: Int, epoch: Int, epochs: Int, loss: Double, localization: Double,
    confidence: Double, positivesPerImage: Double, imagesPerSecond: Double, learningRate: Double
  ) {
    self.done = done
    self.total = total
    self.epoch = epoch
    self.epochs = epochs
    self.loss = loss
    self.localization = localization
    self.confidence = confidence
    self.positivesPerImage = positivesPerImage
    self.imagesPerSecond = imagesPerSecond
    self.learningRate = learningRate
  }
}
