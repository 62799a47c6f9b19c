import Detectors
import MultiBox
import NetworkInput
import Runs
import TrainingInput

extension TrainOptions {
  /// Reads the data that the options name.
  public func readData() throws -> TrainingData {
    try TrainingData(
      data ?? "", format: dataOptions.format, splitSeed: dataOptions.splitSeed ?? 0,
      trainSplit: trainSplit, validationSplit: validationSplit, testSplit: testSplit,
      isStrict: dataOptions.strict)
  }

  /// Changes the defaults of a configuration as the options say.
  ///
  /// - Parameters:
  ///   - normalization: what the pretrained weights want; nil takes the network's.
  ///   - precision: what is fastest on this machine.
  public func configuration(
    _ data: TrainingData, normalization: ImageNormalization?, fastest precision: Precision
  ) throws -> TrainingConfiguration {
    var network = TrainingConfiguration.Network(
      model, imageSide: imageSize ?? TrainingConfiguration.Network.defaultImageSide)
    if let defaultBoxes { network.defaultBoxes = try .named(defaultBoxes) }
    if let normalization { network.normalization = normalization }
    network.pretrained = try pretrained.map {
      TrainingConfiguration.Pretrained(
        path: $0, classNames: try classesFrom.map(ClassNameFile.read))
    }
    var result = TrainingConfiguration(
      data: data.source, network: network, loss: try lossOptions.loss(),
      augmentation: augmentation.policy,
      optimization: optimization(network, imageCount: data.training.images.count),
      execution: TrainingConfiguration.Execution(
        precision: self.precision ?? precision, threadCount: threads,
        loaderThreadCount: loaderThreads, validationInterval: validateEvery))
    result.loss.alpha = alpha ?? result.loss.localization.usualAlpha
    result.augmentation.flipProbability = flipProbability
    return result
  }

  private func optimization(
    _ network: TrainingConfiguration.Network, imageCount: Int
  ) -> TrainingConfiguration.Optimization {
    var result = TrainingConfiguration.Optimization(
      network: network, epochs: epochs, batchSize: batchSize, imageCount: imageCount)
    result.maximumIterations = maxIterations
    if let learningRate { result.learningRate.base = learningRate }
    if let warmUp { result.learningRate.warmUpIterations = warmUp }
    if schedule == .multistep {
      result.learningRate.shape = .multistep(milestones: milestones)
    }
    result.momentum = momentum
    result.weightDecay = weightDecay
    result.gradientLimit = gradientClip
    result.averageDecay = averageDecay
    result.seed = seed
    return result
  }
}
