import Datasets
import Detectors
import Files
import MultiBox
import Runs
import TrainingInput

/// A split that is measured while a network trains.
struct MeasuredSplit {
  let dataset: DetectionDataset
  let name: String
  /// It chooses the best weights.
  let selects: Bool

  /// The splits that a training measures, in their order.
  ///
  /// - Parameters:
  ///   - data: the images.
  ///   - configuration: names the splits.
  ///   - path: what an error calls the configuration.
  /// - Throws: `FileError` for a patience that no split tries.
  static func all(
    of data: TrainingData, _ configuration: TrainingConfiguration, path: String
  ) throws(FileError) -> [MeasuredSplit] {
    var splits: [MeasuredSplit] = []
    if let validation = data.validation, let name = configuration.data.validationSplit {
      splits.append(MeasuredSplit(dataset: validation, name: name, selects: true))
    }
    if let test = data.test, let name = configuration.data.testSplit {
      splits.append(MeasuredSplit(dataset: test, name: name, selects: false))
    }
    splits.removeAll { $0.dataset.images.isEmpty }
    if let patience = configuration.optimization.patience, !splits.contains(where: \.selects) {
      throw FileError(
        path: path,
        reason: "optimization.patience: expected none, because no image chooses the best weights,"
          + " found \(patience)")
    }
    return splits
  }

  /// Measures a network with the weights that validation and detection use, in tiles where it is
  /// trained in tiles.
  ///
  /// - Parameters:
  ///   - step: has the network.
  ///   - configuration: of the training.
  ///   - iteration: the last one done.
  ///   - epoch: that of the iteration.
  ///   - observe: called with the images done, and all; what it throws ends the measurement.
  func measurement(
    of step: TrainingStep, _ configuration: TrainingConfiguration, iteration: Int, epoch: Int,
    observe: (Int, Int) throws -> Void
  ) throws -> SplitMeasurement {
    let classNames = configuration.data.classNames
    let threadCount = configuration.execution.threadCount
    let images = try step.withEvaluatedWeights {
      let whole = NetworkDetector(
        step.network, configuration.detector, threadCount: threadCount,
        batchSize: configuration.optimization.batchSize)
      guard let side = configuration.augmentation.tiles.side else {
        return try whole.evaluationImages(of: dataset, observe: observe)
      }
      return try TiledDetector(whole, tiling: Tiling(side: side)).evaluationImages(
        of: dataset, observe: observe)
    }
    let summary = COCOAveragePrecision(
      classCount: classNames.count, threadCount: threadCount
    ).summary(of: images)
    let perClass = summary.perClass.map { ["AP": $0.ap, "AP50": $0.ap50] }
    let metrics = EvaluationMetrics(
      iteration: iteration, epoch: epoch, split: name, selects: selects, ap: summary.ap,
      ap50: summary.ap50, ap75: summary.ap75,
      perClass: ClassKeys(classNames).dictionary(perClass))
    return SplitMeasurement(
      metrics: metrics, dataset: dataset,
      matched: MatchedImages(images, threadCount: threadCount), summary: summary)
  }
}
