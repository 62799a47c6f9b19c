import Files
import Foundation
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
    let input = configuration.network
    if network.imageSize == nil,
      input.imageSide != TrainingConfiguration.Network(start.preset).imageSide
    {
      let usual = TrainingDefaults(imageCount: data.training.images.count)
        .imageSide(isFromImageNet: start.weights.areOfImageNet)
      let why = input.imageSide > usual ? " for small objects" : ""
      parts.append("input of \(input.imageSide) pixels\(why) (--image-size)")
    }
    if network.defaultBoxes == nil,
      input.defaultBoxes != start.preset.defaultBoxes(side: input.imageSide)
    {
      parts.append("default boxes made of the objects (--default-boxes)")
    }
    let frozen = input.frozenStages
    if network.freeze == nil, frozen > 0 {
      parts.append("\(frozen.counted("stage|stages")) frozen (--freeze)")
    }
    if optimization.epochs == nil, optimization.time == nil {
      parts.append("\(step.epochs.counted("epoch|epochs")) (--epochs)")
    }
    if optimization.batchSize == nil { parts.append("batches of \(step.batchSize) (--batch-size)") }
    if augmentation.augmentation == nil {
      let chosen = TrainingDefaults(imageCount: data.training.images.count).augmentation
      let name = AugmentationOption.allCases.first { $0.policy == chosen }
      if let name { parts.append("augmentation \(name.rawValue) (--augmentation)") }
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
    return lines + objectNotes(configuration.network, data) + emptyNotes(configuration, data)
  }

  /// What images without objects teach: the negatives of an image go by its positives.
  private func emptyNotes(
    _ configuration: TrainingConfiguration, _ data: TrainingData
  ) -> [String] {
    let images = data.training.images
    let count = images.count { $0.groundTruth.isEmpty }
    guard count > 0, !configuration.augmentation.composes,
      let mining = configuration.loss.confidence.mining,
      mining.count(positives: 0, background: 1) == 0
    else { return [] }
    return [
      "\(count) of \(images.count.counted("image|images")) without objects, which add nothing to"
        + " the loss: --minimum-negatives 3 learns from their background"
    ]
  }

  /// What no default makes good: objects that the network sees too small, or in no default box.
  private func objectNotes(
    _ input: TrainingConfiguration.Network, _ data: TrainingData
  ) -> [String] {
    let objects = TrainingObjects(data, tileSide: augmentation.tiles)
    var lines: [String] = []
    // Few objects choose no default boxes; that most of them are in none is told all the same.
    let boxes = input.defaultBoxes
    if network.defaultBoxes == nil,
      let share = objects.uncoveredShare(by: boxes)
        ?? objects.uncoveredShare(by: boxes, ofAtLeast: 1).flatMap({ $0 > 0.5 ? $0 : nil }),
      share > TrainingObjects.mostUncovered
    {
      lines.append(
        "\(String(format: "%.0f", 100 * share)) % of the objects overlap no default box by half:"
          + " --default-boxes, --image-size and --tiles change that")
    }
    if augmentation.tiles == nil, objects.areTinyInLargeImages {
      lines.append(
        "small objects in large images, half of them below"
          + " \(String(format: "%.1f", 100 * objects.medianLength)) % of the longer side:"
          + " --tiles \(TrainingObjects.usualTileSide) shows them larger")
    }
    return lines
  }
}
