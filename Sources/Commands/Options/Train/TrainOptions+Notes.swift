import Files
import Runs
import TrainingInput

extension TrainOptions {
  /// Returns what was chosen by the data and not by options, in lines, each with its option.
  ///
  /// - Parameters:
  ///   - configuration: of the training.
  ///   - data: the images that it was chosen for.
  ///   - start: the network and its first weights.
  public func defaultsNotes(
    _ configuration: TrainingConfiguration, _ data: TrainingData, from start: TrainingStart
  ) -> [String] {
    let step = configuration.optimization
    var parts: [String] = []
    if network.model == nil, network.pretrained == nil {
      let weights = start.weights == .random ? "random weights" : "ImageNet"
      parts.append("\(start.preset.name) from \(weights) (--model)")
    }
    let frozen = configuration.network.frozenStages
    if network.freeze == nil, frozen > 0 {
      parts.append("\(frozen.counted("stage|stages")) frozen (--freeze)")
    }
    if optimization.epochs == nil, optimization.time == nil {
      parts.append("\(step.epochs.counted("epoch|epochs")) (--epochs)")
    }
    if optimization.batchSize == nil { parts.append("batches of \(step.batchSize) (--batch-size)") }
    if augmentation.augmentation == nil {
      let isLight = TrainingDefaults(imageCount: data.training.images.count).augmentation == .light
      let name: AugmentationOption = isLight ? .light : .ssd
      parts.append("augmentation \(name.rawValue) (--augmentation)")
    }
    var lines: [String] = []
    if !parts.isEmpty {
      let images = data.training.images.count.counted("image|images")
      lines.append("\(images): \(parts.joined(separator: ", "))")
    }
    if network.model == nil, start.weights == .random, TrainingStart.imageNetSuits(data) {
      lines.append(
        "so few photographs are learned better from ImageNet: make weights brings what"
          + " \(TrainingStart.fromImageNet) starts from")
    }
    return lines
  }
}
