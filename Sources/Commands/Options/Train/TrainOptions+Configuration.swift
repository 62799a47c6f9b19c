import Detectors
import MultiBox
import NetworkInput
import Runs
import TrainingInput

extension TrainOptions {
  /// Reads the data that the options name.
  public func readData() throws -> TrainingData {
    try TrainingData(
      loader: data.reading.loader(data.data), trainSplit: data.trainSplit,
      validationSplit: data.validationSplit, testSplit: data.testSplit)
  }

  /// Changes the defaults of a configuration as the options say.
  ///
  /// - Parameters:
  ///   - normalization: what the pretrained weights want; nil takes the network's.
  ///   - precision: what is fastest on the device.
  public func configuration(
    _ data: TrainingData, normalization: ImageNormalization?, fastest precision: Precision
  ) throws -> TrainingConfiguration {
    let network = try self.network.configuration(normalization: normalization)
    var result = TrainingConfiguration(
      data: data.source, network: network, loss: try loss.loss(),
      augmentation: augmentation.augmentation.policy,
      optimization: optimization.configuration(
        network, imageCount: data.training.images.count),
      execution: TrainingConfiguration.Execution(
        device: machine.device, precision: machine.precision ?? precision,
        threadCount: machine.threads,
        loaderThreadCount: machine.loaderThreads, validationInterval: run.validateEvery))
    result.optimization.seed = run.seed
    if loss.localization.alpha == nil { result.loss.alpha = result.loss.localization.usualAlpha }
    result.augmentation.flipProbability = augmentation.flipProbability
    return result
  }
}

extension TrainNetworkOptions {
  fileprivate func configuration(
    normalization: ImageNormalization?
  ) throws -> TrainingConfiguration.Network {
    var result = TrainingConfiguration.Network(
      model, imageSide: imageSize ?? TrainingConfiguration.Network.defaultImageSide)
    if let defaultBoxes { result.defaultBoxes = try .named(defaultBoxes) }
    if let normalization { result.normalization = normalization }
    result.pretrained = try pretrainedPath().map {
      TrainingConfiguration.Pretrained(
        path: $0, classNames: try classesFrom.map(ClassNameFile.read))
    }
    return result
  }
}

extension OptimizationOptions {
  fileprivate func configuration(
    _ network: TrainingConfiguration.Network, imageCount: Int
  ) -> TrainingConfiguration.Optimization {
    var result = TrainingConfiguration.Optimization(
      network: network, epochs: epochs, batchSize: batchSize, imageCount: imageCount)
    result.maximumIterations = maxIterations
    if let learningRate { result.learningRate.base = learningRate }
    if let warmUp { result.learningRate.warmUpIterations = warmUp }
    if schedule == .multistep {
      result.learningRate.shape = .multistep(
        milestones: milestones.isEmpty ? LearningRateSchedule.usualMilestones : milestones)
    }
    result.momentum = momentum
    result.weightDecay = weightDecay
    result.gradientLimit = gradientClip
    result.averageDecay = averageDecay
    return result
  }
}
