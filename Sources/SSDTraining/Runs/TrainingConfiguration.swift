import DetectionData
import MultiBox
import SSDModels
import Torch

/// All that a run depends on besides the images themselves; `configuration.json` of the run.
///
/// The same configuration, images, processor and thread count give the same weights, bit for bit.
public struct TrainingConfiguration: Hashable, Sendable, Codable {
  /// Of this format; a reader refuses a newer one.
  public var formatVersion = 1

  // What is learned from.
  public var data: String
  public var dataFormat: DatasetFormat
  /// Decides about the splits of a folder without any.
  public var splitSeed: UInt64
  public var trainSplit: String
  /// Chooses the best weights; nil keeps the last ones.
  public var validationSplit: String?
  /// Measured at intervals and at the end, never chosen by.
  public var testSplit: String?
  public var isStrict: Bool
  public var classNames: [String]

  // What learns.
  public var model: ModelName
  public var imageSide: Int
  /// Weights that the network starts from, and the classes they were trained on; nil starts from
  /// the seed alone.
  public var pretrained: String?
  public var pretrainedClassNames: [String]?
  public var defaultBoxes: DefaultBoxSpecification
  public var normalization: ImageNormalization
  public var loss: MultiBoxLoss

  // How it learns.
  public var augmentation: AugmentationPolicy
  public var epochs: Int
  public var batchSize: Int
  /// Ends the run early; the schedule still spans all epochs. Nil: no limit.
  public var maximumIterations: Int?
  public var learningRate: LearningRateSchedule
  public var momentum: Double
  public var weightDecay: Double
  /// Largest Euclidean norm of the gradient; 0 for no limit.
  public var gradientLimit: Double
  /// Decay of the moving average of weights that validation and detection use; 0 uses the weights
  /// themselves.
  public var averageDecay: Double
  public var seed: UInt64
  public var precision: Precision
  /// Threads of the network's operations. The order of sums, and so the last bits, depend on it.
  public var threadCount: Int
  /// Threads that read and augment; they change nothing but the speed.
  public var loaderThreadCount: Int
  /// Epochs between validations; 0 validates at the end alone.
  public var validationInterval: Int

  public init(
    data: String, dataFormat: DatasetFormat, splitSeed: UInt64, trainSplit: String,
    validationSplit: String?,
    testSplit: String?, isStrict: Bool, classNames: [String], model: ModelName, imageSide: Int,
    defaultBoxes: DefaultBoxSpecification, normalization: ImageNormalization,
    loss: MultiBoxLoss, augmentation: AugmentationPolicy, epochs: Int,
    batchSize: Int, maximumIterations: Int?, learningRate: LearningRateSchedule, momentum: Double,
    weightDecay: Double, gradientLimit: Double, averageDecay: Double, seed: UInt64,
    precision: Precision, threadCount: Int, loaderThreadCount: Int, validationInterval: Int
  ) {
    self.data = data
    self.dataFormat = dataFormat
    self.splitSeed = splitSeed
    self.trainSplit = trainSplit
    self.validationSplit = validationSplit
    self.testSplit = testSplit
    self.isStrict = isStrict
    self.classNames = classNames
    self.model = model
    self.imageSide = imageSide
    self.defaultBoxes = defaultBoxes
    self.normalization = normalization
    self.loss = loss
    self.augmentation = augmentation
    self.epochs = epochs
    self.batchSize = batchSize
    self.maximumIterations = maximumIterations
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.gradientLimit = gradientLimit
    self.averageDecay = averageDecay
    self.seed = seed
    self.precision = precision
    self.threadCount = threadCount
    self.loaderThreadCount = loaderThreadCount
    self.validationInterval = validationInterval
  }

  /// The detector that the run trains.
  public var detector: DetectorConfiguration {
    var result = DetectorConfiguration(
      classNames: classNames, model: model, imageSide: imageSide, defaultBoxes: defaultBoxes,
      loss: loss, seed: seed)
    result.normalization = normalization
    return result
  }
}
