import ArgumentParser
import Datasets
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
  ///   - data: the images that are trained on, and measured.
  ///   - start: the network and its first weights, which the options name or the data choose.
  ///   - normalization: what the pretrained weights want; nil takes the network's.
  ///   - device: where the network lies, if no option says so.
  ///   - precision: what is fastest on the device.
  ///   - placement: of this process among several; nil where it is alone.
  ///   - epochs: as many as end in the time that is given; nil takes those of the options.
  /// - Throws: a usage error for options without effect on these data.
  public func configuration(
    _ data: TrainingData, from start: TrainingStart, normalization: ImageNormalization?,
    device: String = TrainingConfiguration.Execution.usualDevice, fastest precision: Precision,
    placement: ProcessPlacement? = nil, epochs: Int? = nil
  ) throws -> TrainingConfiguration {
    if optimization.patience != nil, data.validation?.images.isEmpty != false {
      throw ValidationError(
        "--patience has no effect: no split of \(data.source.title) chooses the best weights;"
          + " --validation-split names one")
    }
    if let side = augmentation.tiles,
      data.training.images.allSatisfy({ max($0.width, $0.height) <= side })
    {
      throw ValidationError(
        "--tiles \(side) has no effect: no image of \(data.source.trainSplit) is larger")
    }
    let imageCount = data.training.images.count
    let defaults = TrainingDefaults(imageCount: imageCount)
    let network = try self.network.configuration(
      start, data, defaults, tileSide: augmentation.tiles, normalization: normalization)
    var result = TrainingConfiguration(
      data: data.source, network: network,
      loss: try loss.loss(
        over: network.usualLoss, classNames: data.source.classNames,
        objectCounts: data.training.objectCounts),
      augmentation: augmentation.policy(defaults),
      optimization: optimization.configuration(
        network, epochs: epochs, imageCount: imageCount),
      suppression: self.network.suppression.suppression,
      execution: machine.execution(
        on: device, fastest: precision, placement, validationInterval: run.validateEvery))
    result.optimization.batchStatistics = machine.batchNorm ?? .sync
    result.optimization.seed = run.seed
    result.optimization.sampling = augmentation.sampling
    if loss.localization.alpha == nil { result.loss.alpha = result.loss.localization.usualAlpha }
    let step = result.optimization
    if let bytes = machine.prefetchByteCount {
      try require(
        bytes >= result.batchByteCount, "--prefetch-memory",
        "at least \(result.batchByteCount) bytes, those of a batch of \(step.batchSize)", bytes)
    }
    try require(
      step.accumulation <= max(imageCount / step.batchSize, 1), "--accumulate",
      "at most \(max(imageCount / step.batchSize, 1)), as many batches of \(step.batchSize) as"
        + " \(imageCount) images make", step.accumulation)
    if let placement {
      try require(
        min(step.batchSize, imageCount) >= placement.size, "--batch-size",
        "at least \(placement.size) images, one for each process",
        min(step.batchSize, imageCount))
    }
    if let reason = uselessPatience(result, data), optimization.time == nil {
      throw ValidationError(reason)
    }
    return result
  }

  /// Says why `--patience` cannot end a run early; nil where it can, or was not given.
  ///
  /// With `--time` the epochs are known after they were measured: too late for an error.
  public func uselessPatience(
    _ configuration: TrainingConfiguration, _ data: TrainingData
  ) -> String? {
    guard let patience = configuration.optimization.patience else { return nil }
    let length = TrainingLength(configuration, imageCount: data.training.images.count)
    // The first one is always the best so far.
    guard patience + 1 >= length.measurementCount else { return nil }
    return "--patience \(patience) has no effect: \(length.epochs) epochs with"
      + " \(length.measurementCount) measurements end before; a smaller --validate-every makes more"
  }
}

extension DetectionDataset {
  /// Objects of each class that are learned from.
  fileprivate var objectCounts: [Int] {
    var counts = classNames.map { _ in 0 }
    for labeled in images.lazy.flatMap(\.groundTruth) where labeled.isLearned {
      counts[labeled.classIndex - 1] += 1
    }
    return counts
  }
}

extension TrainMachineOptions {
  fileprivate func execution(
    on device: String, fastest precision: Precision, _ placement: ProcessPlacement?,
    validationInterval: Int
  ) -> TrainingConfiguration.Execution {
    let device = self.device ?? device
    let isOnProcessor = device == TrainingConfiguration.Execution.usualDevice
    return TrainingConfiguration.Execution(
      device: device, precision: self.precision ?? precision,
      threadCount: threads ?? placement?.threadCount,
      loaderThreadCount: loaderThreads ?? (isOnProcessor ? nil : placement?.threadCount),
      prefetchMemory: prefetchByteCount, validationInterval: validationInterval)
  }
}

extension TrainNetworkOptions {
  fileprivate func configuration(
    _ start: TrainingStart, _ data: TrainingData, _ defaults: TrainingDefaults, tileSide: Int?,
    normalization: ImageNormalization?
  ) throws -> TrainingConfiguration.Network {
    let boxes = try defaultBoxes.map(DefaultBoxSpecification.named)
    var result: TrainingConfiguration.Network
    let isFromImageNet = start.weights.areOfImageNet
    if case .file = start.weights {
      // Weights of another training know the network's own.
      result = TrainingConfiguration.Network(
        start.preset, imageSide: imageSize ?? TrainingConfiguration.Network.defaultImageSide)
      if let boxes { result.defaultBoxes = boxes }
    } else {
      result = TrainingConfiguration.Network(
        start.preset, for: data, imageSide: imageSize, defaultBoxes: boxes, tileSide: tileSide,
        isFromImageNet: isFromImageNet)
    }
    if let normalization { result.normalization = normalization }
    try requireWeights(start.weights)
    if isFromImageNet { result.frozenStages = defaults.frozenImageNetStages }
    if let freeze { result.frozenStages = freeze }
    result.pretrained = try start.weights.path.map {
      TrainingConfiguration.Pretrained(
        path: $0, classNames: try classesFrom.map(ClassNameFile.read))
    }
    return result
  }
}

extension OptimizationOptions {
  fileprivate func configuration(
    _ network: TrainingConfiguration.Network, epochs: Int?, imageCount: Int
  ) -> TrainingConfiguration.Optimization {
    var result = TrainingConfiguration.Optimization(
      network: network, epochs: epochs ?? self.epochs,
      batchSize: batchSize, accumulation: accumulate, imageCount: imageCount,
      optimizer: optimizer)
    result.maximumIterations = maxIterations
    result.patience = patience
    if let learningRate { result.learningRate.base = learningRate }
    if let warmUp { result.learningRate.warmUpIterations = warmUp }
    if schedule == .multistep {
      result.learningRate.shape = .multistep(
        milestones: milestones.isEmpty ? LearningRateSchedule.usualMilestones : milestones)
    }
    result.momentum = momentum
    if let weightDecay { result.weightDecay = weightDecay }
    result.gradientLimit = gradientClip
    result.averageDecay = averageDecay
    return result
  }
}
