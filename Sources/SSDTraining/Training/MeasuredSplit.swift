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

  /// Detects with the weights that validation and detection use, in tiles where the network is
  /// trained in tiles; of several processes each in its share of the images.
  ///
  /// - Parameters:
  ///   - step: has the network.
  ///   - configuration: of the training.
  ///   - share: of this process.
  ///   - observe: called with the images done, and all; what it throws ends the measurement.
  ///   - shouldStop: asked after images; where one process says so, all stop.
  /// - Returns: all images, in each process.
  /// - Throws: `Trainer.StopRequest` where it was asked for.
  func images(
    of step: TrainingStep, _ configuration: TrainingConfiguration, _ share: TrainingShare,
    shouldStop: () -> Bool, observe: (Int, Int) throws -> Void
  ) throws -> [EvaluationImage] {
    let (index, count) = (share.batches.index, share.batches.count)
    let total = dataset.images.count
    let part = DetectionDataset(
      classNames: dataset.classNames,
      images: stride(from: index, to: total, by: count).map { dataset.images[$0] })
    // Several ask each other, of images that each of them has.
    let interval = count == 1 ? 1 : configuration.optimization.batchSize
    func observeOwn(_ done: Int, _: Int) throws {
      let ofAll = min(done * count, total)
      try observe(ofAll, total)
      guard done % interval == 0, done <= total / count, ofAll < total else { return }
      if try share.any(shouldStop()) { throw Trainer.StopRequest() }
    }
    let own = try step.withEvaluatedWeights {
      let whole = NetworkDetector(
        step.network, configuration.detector, threadCount: configuration.execution.threadCount,
        batchSize: configuration.optimization.batchSize)
      guard let side = configuration.augmentation.tiles.side else {
        return try whole.evaluationImages(of: part, observe: observeOwn)
      }
      return try TiledDetector(whole, tiling: Tiling(side: side)).evaluationImages(
        of: part, observe: observeOwn)
    }
    let detections = try share.gathered(own.map(\.detections))
    return (0..<total).map {
      EvaluationImage(
        objects: dataset.images[$0].evaluationObjects,
        detections: detections[$0 % count][$0 / count])
    }
  }

  /// Measures what was detected.
  ///
  /// - Parameters:
  ///   - images: those of the split.
  ///   - configuration: of the training.
  ///   - iteration: the last one done.
  ///   - epoch: that of the iteration.
  func measurement(
    of images: [EvaluationImage], _ configuration: TrainingConfiguration, iteration: Int, epoch: Int
  ) -> SplitMeasurement {
    let classNames = configuration.data.classNames
    let threadCount = configuration.execution.threadCount
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
