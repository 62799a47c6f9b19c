import Datasets
import Detectors
import MultiBox
import NetworkInput
import TrainingInput

extension TrainingConfiguration: Codable {
  /// Of the file's format. 1 was flat and had no defaults; it is read, never written.
  public static let formatVersion = 2

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case formatVersion, data, network, loss, augmentation, optimization, suppression
    case execution
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let version = try values.decode(Int.self, forKey: .formatVersion)
    switch version {
    case 1:
      self = try FlatConfiguration(from: decoder).configuration
      return
    case Self.formatVersion: break
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .formatVersion, in: values,
        debugDescription: "expected 1 or \(Self.formatVersion), found \(version)")
    }
    try decoder.refuseKeys(except: CodingKeys.allCases.map(\.rawValue))
    data = try values.decode(TrainingDataSource.self, forKey: .data)
    network = try values.decodeIfPresent(Network.self, forKey: .network) ?? Network()
    loss = try values.decodeIfPresent(MultiBoxLoss.self, forKey: .loss) ?? network.usualLoss
    augmentation =
      try values.decodeIfPresent(AugmentationPolicy.self, forKey: .augmentation) ?? .ssd
    optimization =
      values.contains(.optimization)
      ? try Optimization(from: values.superDecoder(forKey: .optimization), network: network)
      : Optimization(network: network, optimizer: .sgd)
    // Runs of before this key were measured with SSD's own.
    suppression =
      try values.decodeIfPresent(NonMaximumSuppression.self, forKey: .suppression)
      ?? NonMaximumSuppression()
    execution = try values.decodeIfPresent(Execution.self, forKey: .execution) ?? Execution()
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(Self.formatVersion, forKey: .formatVersion)
    try values.encode(data, forKey: .data)
    try values.encode(network, forKey: .network)
    try values.encode(loss, forKey: .loss)
    try values.encode(augmentation, forKey: .augmentation)
    try optimization.encode(to: values.superEncoder(forKey: .optimization))
    try values.encode(suppression, forKey: .suppression)
    try values.encode(execution, forKey: .execution)
  }
}

extension TrainingConfiguration.Network: Decodable {
  public init(from decoder: any Decoder) throws {
    let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    let name =
      try values.decodeIfPresent(String.self, forKey: .name) ?? NetworkPreset.ssdCompact.name
    let preset = NetworkPreset.named(name)
    self.name = name
    imageSide =
      try values.decodeIfPresent(Int.self, forKey: .imageSide) ?? preset?.fixedSide
      ?? Self.defaultImageSide
    normalization =
      try values.decodeIfPresent(ImageNormalization.self, forKey: .normalization)
      ?? preset?.normalization ?? .unitRange
    pretrained = try values.decodeIfPresent(
      TrainingConfiguration.Pretrained.self, forKey: .pretrained)
    frozenStages = try values.decodeIfPresent(Int.self, forKey: .frozenStages) ?? 0
    if let boxes = try values.decodeIfPresent(
      DefaultBoxSpecification.self, forKey: .defaultBoxes)
    {
      defaultBoxes = boxes
      return
    }
    guard let preset else {
      throw DecodingError.dataCorruptedError(
        forKey: .defaultBoxes, in: values,
        debugDescription: "expected default boxes, as no preset is named \(name)")
    }
    // The default boxes of a preset have preconditions on the side.
    if let reason = TrainingConfiguration.sideProblem(imageSide, preset) {
      throw DecodingError.dataCorruptedError(
        forKey: .imageSide, in: values, debugDescription: reason)
    }
    defaultBoxes = preset.defaultBoxes(side: imageSide)
  }
}

extension TrainingConfiguration.Pretrained: Decodable {
  public init(from decoder: any Decoder) throws {
    let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    path = try values.decode(String.self, forKey: .path)
    classNames = try values.decodeIfPresent(ClassNames.self, forKey: .classNames)
  }
}

extension TrainingConfiguration.Optimization {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case epochs, batchSize, accumulation, batchStatistics, sampling, maximumIterations, patience
    case optimizer, learningRate, momentum, weightDecay, gradientLimit, averageDecay, seed
  }

  init(from decoder: any Decoder, network: TrainingConfiguration.Network) throws {
    let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    // Runs of before this key were trained with SGD.
    let optimizer =
      try values.decodeIfPresent(OptimizerKind.self, forKey: .optimizer) ?? .sgd
    self.init(network: network, optimizer: optimizer)
    epochs = try values.decodeIfPresent(Int.self, forKey: .epochs) ?? epochs
    batchSize = try values.decodeIfPresent(Int.self, forKey: .batchSize) ?? batchSize
    accumulation = try values.decodeIfPresent(Int.self, forKey: .accumulation) ?? accumulation
    batchStatistics =
      try values.decodeIfPresent(BatchStatistics.self, forKey: .batchStatistics) ?? batchStatistics
    sampling = try values.decodeIfPresent(ImageSampling.self, forKey: .sampling) ?? sampling
    maximumIterations = try values.decodeIfPresent(Int.self, forKey: .maximumIterations)
    patience = try values.decodeIfPresent(Int.self, forKey: .patience)
    // Numbers of a file are looked at later, and may be any.
    let images = batchSize.multipliedReportingOverflow(by: accumulation)
    learningRate.base = Self.learningRate(
      network: network, batchSize: images.overflow ? .max : max(images.partialValue, 1),
      optimizer: optimizer)
    if values.contains(.learningRate) {
      learningRate = try LearningRateSchedule(
        from: values.superDecoder(forKey: .learningRate), defaults: learningRate)
    }
    momentum = try values.decodeIfPresent(Double.self, forKey: .momentum) ?? momentum
    weightDecay = try values.decodeIfPresent(Double.self, forKey: .weightDecay) ?? weightDecay
    gradientLimit =
      try values.decodeIfPresent(Double.self, forKey: .gradientLimit) ?? gradientLimit
    averageDecay = try values.decodeIfPresent(Double.self, forKey: .averageDecay) ?? averageDecay
    seed = try values.decodeIfPresent(UInt64.self, forKey: .seed) ?? seed
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(epochs, forKey: .epochs)
    try values.encode(batchSize, forKey: .batchSize)
    try values.encode(accumulation, forKey: .accumulation)
    try values.encode(batchStatistics, forKey: .batchStatistics)
    try values.encode(sampling, forKey: .sampling)
    try values.encodeIfPresent(maximumIterations, forKey: .maximumIterations)
    try values.encodeIfPresent(patience, forKey: .patience)
    try values.encode(optimizer, forKey: .optimizer)
    try values.encode(learningRate, forKey: .learningRate)
    try values.encode(momentum, forKey: .momentum)
    try values.encode(weightDecay, forKey: .weightDecay)
    try values.encode(gradientLimit, forKey: .gradientLimit)
    try values.encode(averageDecay, forKey: .averageDecay)
    try values.encode(seed, forKey: .seed)
  }
}

extension TrainingConfiguration.Execution: Decodable {
  public init(from decoder: any Decoder) throws {
    let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    self.init(
      device: try values.decodeIfPresent(String.self, forKey: .device) ?? Self.usualDevice,
      precision: try values.decodeIfPresent(Precision.self, forKey: .precision) ?? .float32,
      threadCount: try values.decodeIfPresent(Int.self, forKey: .threadCount))
    loaderThreadCount =
      try values.decodeIfPresent(Int.self, forKey: .loaderThreadCount) ?? loaderThreadCount
    prefetchMemory = try values.decodeIfPresent(Int.self, forKey: .prefetchMemory)
    validationInterval =
      try values.decodeIfPresent(Int.self, forKey: .validationInterval) ?? validationInterval
  }
}

/// Format 1, as it was written.
private struct FlatConfiguration: Decodable {
  let data: String
  let dataFormat: DatasetFormat
  let splitSeed: UInt64
  let trainSplit: String
  let validationSplit: String?
  let testSplit: String?
  let isStrict: Bool
  let classNames: ClassNames
  let model: String
  let imageSide: Int
  let pretrained: String?
  let pretrainedClassNames: ClassNames?
  let defaultBoxes: DefaultBoxSpecification
  let normalization: ImageNormalization
  let loss: MultiBoxLoss
  let augmentation: AugmentationPolicy
  let epochs: Int
  let batchSize: Int
  let maximumIterations: Int?
  let learningRate: LearningRateSchedule
  let momentum: Double
  let weightDecay: Double
  let gradientLimit: Double
  let averageDecay: Double
  let seed: UInt64
  let precision: Precision
  let threadCount: Int
  let loaderThreadCount: Int
  let validationInterval: Int

  var configuration: TrainingConfiguration {
    var result = TrainingConfiguration(
      data: TrainingDataSource(
        paths: [data], format: dataFormat, reading: ReadingOptions(splitSeed: splitSeed),
        trainSplit: trainSplit,
        validationSplit: validationSplit, testSplit: testSplit, isStrict: isStrict,
        classNames: classNames),
      network: TrainingConfiguration.Network(
        name: model, imageSide: imageSide, defaultBoxes: defaultBoxes,
        normalization: normalization,
        pretrained: pretrained.map {
          TrainingConfiguration.Pretrained(path: $0, classNames: pretrainedClassNames)
        }),
      loss: loss, augmentation: augmentation, suppression: NonMaximumSuppression(),
      execution: TrainingConfiguration.Execution(
        precision: precision, threadCount: threadCount, loaderThreadCount: loaderThreadCount,
        validationInterval: validationInterval))
    result.optimization.epochs = epochs
    result.optimization.batchSize = batchSize
    result.optimization.maximumIterations = maximumIterations
    result.optimization.learningRate = learningRate
    result.optimization.momentum = momentum
    result.optimization.weightDecay = weightDecay
    result.optimization.gradientLimit = gradientLimit
    result.optimization.averageDecay = averageDecay
    result.optimization.seed = seed
    return result
  }
}
