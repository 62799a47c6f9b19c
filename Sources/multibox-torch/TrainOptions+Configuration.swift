import CommandLineOptions
import DetectionData
import Foundation
import ModelFiles
import MultiBox
import SSDModels
import SSDTraining
import Torch

extension ModelName {
  init(_ option: ModelOption) {
    switch option {
    case .ssdCompact: self = .ssdCompact
    case .ssd300VGG16: self = .ssd300VGG16
    case .ssd512VGG16: self = .ssd512VGG16
    case .ssdlite320MobileNetV2: self = .ssdlite320MobileNetV2
    case .ssdlite320MobileNetV3: self = .ssdlite320MobileNetV3
    }
  }
}

extension Precision {
  init(_ option: PrecisionOption) {
    self = option == .bfloat16 ? .bfloat16 : .float32
  }
}

extension TrainOptions {
  /// Completes what was given to the configuration of a run.
  func trainingConfiguration() throws -> TrainingConfiguration {
    let path = data ?? ""
    let loader = try dataOptions.loader(path: path)
    let splits = try loader.splits()
    let trainSplit = try chosen(trainSplit, among: splits, of: ["trainval", "train"], path: path)
    let validationSplit =
      trainSplit != "trainval"
      ? try optional(validationSplit, among: splits, of: ["val", "valid"], path: path)
      : validationSplit
    let testSplit = try optional(testSplit, among: splits, of: ["test"], path: path)
    let dataset = try loader.load(split: trainSplit).dataset
    let iterationsPerEpoch = dataset.images.count / batchSize
    let model = ModelName(model)
    let side = model.imageSide(requested: imageSize)
    let weights = try pretrained.map { try PretrainedWeights(contentsOf: $0) }
    try weights?.checkFits(model)
    let statistics = weights?.layout.inputStatistics ?? model.inputStatistics
    var configuration = TrainingConfiguration(
      data: path, dataFormat: loader.format, splitSeed: loader.seed, trainSplit: trainSplit,
      validationSplit: validationSplit, testSplit: testSplit, isStrict: dataOptions.strict,
      classNames: dataset.classNames, model: model, imageSide: side,
      defaultBoxes: try defaultBoxes.map(DefaultBoxSpecification.named)
        ?? model.defaultSpecification(imageSide: side),
      normalization: ImageNormalization(
        mean: statistics.mean, standardDeviation: statistics.deviation),
      loss: try loss(),
      augmentation: {
        var policy = augmentation.policy
        policy.flipProbability = flipProbability
        return policy
      }(),
      epochs: epochs, batchSize: batchSize, maximumIterations: maxIterations,
      learningRate: LearningRateSchedule(
        base: learningRate ?? model.learningRate(batchSize: batchSize),
        warmUpIterations: warmUp ?? min(max(iterationsPerEpoch, 20), 500),
        shape: schedule == .cosine ? .cosine : .multistep(milestones: milestones)),
      momentum: momentum, weightDecay: weightDecay, gradientLimit: gradientClip,
      averageDecay: averageDecay, seed: seed,
      precision: precision.map { Precision($0) } ?? .fastest(on: .cpu),
      threadCount: threads ?? ProcessInfo.processInfo.activeProcessorCount,
      loaderThreadCount: loaderThreads, validationInterval: validateEvery)
    configuration.pretrained = pretrained
    configuration.pretrainedClassNames = try classesFrom.map(ClassNameFile.read)
    return configuration
  }

  private func loss() throws -> MultiBoxLoss {
    var result = try lossOptions.loss()
    result.alpha = alpha ?? result.localization.usualAlpha
    return result
  }

  private func chosen(
    _ given: String?, among splits: [String], of usual: [String], path: String
  ) throws -> String {
    if let split = try optional(given, among: splits, of: usual, path: path) { return split }
    throw DatasetError.unknownSplit(path: path, split: usual[usual.count - 1], known: splits)
  }

  private func optional(
    _ given: String?, among splits: [String], of usual: [String], path: String
  ) throws -> String? {
    guard let given else {
      // train2017 is a train split, too, where it is the only one of that name.
      let similar = usual.lazy.map { name in splits.filter { $0.hasPrefix(name) } }
      return usual.first(where: splits.contains) ?? similar.first { $0.count == 1 }?[0]
    }
    guard splits.contains(given) else {
      throw DatasetError.unknownSplit(path: path, split: given, known: splits)
    }
    return given
  }
}
