import Datasets
import MultiBox

/// News of a training, for whoever shows it.
public enum TrainingEvent: Sendable {
  /// An iteration is done.
  case iteration(IterationReport)
  /// An epoch is done.
  case trained(TrainingMetrics)
  /// A split was measured.
  case evaluated(EvaluationMetrics, Evaluation)
  /// The run went on from a checkpoint, after this iteration.
  case resumed(iteration: Int)
  /// The training has come to its end, and its weights are kept.
  case ended(TrainingEnd)
  /// The trained network was written for inference engines.
  case exported(path: String)
  /// A split is being measured: images done, and all.
  case measuring(split: String, done: Int, total: Int)
  /// Something that whoever looks after the run should know, in one line.
  case note(String)
  /// The trained network could not be written for inference engines; the weights are there.
  case notExported(reason: String)
}

/// The results of an evaluation besides its figures.
public struct Evaluation: Sendable {
  /// The images that were measured on.
  public let dataset: DetectionDataset
  /// The objects of the dataset's images and the detections, in their order, matched at IoU 0.5.
  public let matched: MatchedImages
  /// COCO's measures, by class too.
  public let summary: COCOSummary
  /// The weights that were measured are those that the run keeps, until better ones come.
  public let isKept: Bool

  /// The objects of the dataset's images and the detections, in their order.
  public var images: [EvaluationImage] { matched.images }

  package init(
    dataset: DetectionDataset, matched: MatchedImages, summary: COCOSummary, isKept: Bool
  ) {
    self.dataset = dataset
    self.matched = matched
    self.summary = summary
    self.isKept = isKept
  }
}

/// Figures of one iteration, for a progress bar.
public struct IterationReport: Sendable {
  /// Iterations done.
  public let done: Int
  /// Iterations of the whole run.
  public let total: Int
  /// The epoch, from 1.
  public let epoch: Int
  /// Epochs of the whole run.
  public let epochs: Int
  /// L.
  public let loss: Double
  /// L_loc / N.
  public let localization: Double
  /// L_conf / N.
  public let confidence: Double
  /// Positive default boxes an image.
  public let positivesPerImage: Double
  /// Images a second, the mean of the epoch so far.
  public let imagesPerSecond: Double
  /// The learning rate of the iteration.
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
