import Detectors
import ModelFiles
import MultiBox
import NetworkInput
import TrainingInput

/// Everything that a run depends on besides the images themselves; `configuration.json` of the run.
///
/// On the CPU the same configuration, images, processor, thread count and number of processes give
/// the same weights, bit for bit; on a GPU sums come in any order, and two runs differ. Every part
/// has defaults; a key that a file leaves out has its default, too.
public struct TrainingConfiguration: Hashable, Sendable {
  /// The images that are learned from.
  public var data: TrainingDataSource
  /// The network that learns.
  public var network: Network
  /// The loss that is made smaller.
  public var loss: MultiBoxLoss
  /// The random changes of images.
  public var augmentation: AugmentationPolicy
  /// The way from gradients to weights.
  public var optimization: Optimization
  /// The suppression of detections that overlap, when the run is measured and used.
  public var suppression: NonMaximumSuppression
  /// The way it computes: device, number format and threads.
  public var execution: Execution

  /// Creates a configuration; all but the data has defaults.
  ///
  /// - Parameters:
  ///   - data: the images that are learned from.
  ///   - network: the network that learns.
  ///   - loss: the loss that is made smaller; nil takes the network's usual one.
  ///   - augmentation: the random changes of images.
  ///   - optimization: nil takes the defaults, with the network's learning rate.
  ///   - suppression: of detections that overlap.
  ///   - execution: number format and threads.
  public init(
    data: TrainingDataSource, network: Network = Network(), loss: MultiBoxLoss? = nil,
    augmentation: AugmentationPolicy = .ssd, optimization: Optimization? = nil,
    suppression: NonMaximumSuppression = Self.usualSuppression,
    execution: Execution = Execution()
  ) {
    self.data = data
    self.network = network
    self.loss = loss ?? network.usualLoss
    self.augmentation = augmentation
    self.optimization = optimization ?? Optimization(network: network)
    self.suppression = suppression
    self.execution = execution
  }

  /// Soft suppression, which measured better than SSD's on the same networks.
  public static let usualSuppression = NonMaximumSuppression(
    gaussianSigma: NonMaximumSuppression.usualSigma)

  /// The network, its input and its default boxes.
  public struct Network: Hashable, Sendable, Encodable {
    /// A ``NetworkPreset``'s, or the name of a network of one's own.
    public var name: String
    /// The side of the square input in pixels.
    public var imageSide: Int
    /// The default boxes, on the network's feature maps.
    public var defaultBoxes: DefaultBoxSpecification
    /// The normalization of the input.
    public var normalization: ImageNormalization
    /// Weights that it starts from; nil starts from the seed alone.
    public var pretrained: Pretrained?
    /// The number of the backbone's first stages whose weights, and statistics of normalizations,
    /// stay as they are.
    public var frozenStages: Int

    enum CodingKeys: String, CodingKey, CaseIterable {
      case name, imageSide, defaultBoxes, normalization, pretrained, frozenStages
    }

    /// Describes a network of one's own.
    ///
    /// - Parameters:
    ///   - name: any that no preset has.
    ///   - imageSide: of the square input in pixels, 64…2048.
    ///   - defaultBoxes: on the network's feature maps.
    ///   - normalization: of the input.
    ///   - pretrained: weights that it starts from.
    ///   - frozenStages: of its backbone, from the image on.
    public init(
      name: String, imageSide: Int, defaultBoxes: DefaultBoxSpecification,
      normalization: ImageNormalization = .unitRange, pretrained: Pretrained? = nil,
      frozenStages: Int = 0
    ) {
      self.name = name
      self.imageSide = imageSide
      self.defaultBoxes = defaultBoxes
      self.normalization = normalization
      self.pretrained = pretrained
      self.frozenStages = frozenStages
    }

    /// Describes a network of the list, with the values that it is usually trained with.
    ///
    /// - Parameters:
    ///   - preset: the network.
    ///   - imageSide: in pixels; not used by a network with a fixed side.
    public init(_ preset: NetworkPreset = .ssdCompact, imageSide: Int = Self.defaultImageSide) {
      let side = preset.side(requested: imageSide)
      self.init(
        name: preset.name, imageSide: side, defaultBoxes: preset.defaultBoxes(side: side),
        normalization: preset.normalization)
    }

    /// The side of an input that nobody asks another of, in pixels.
    public static let defaultImageSide = 320

    /// The preset of its name, where it has one.
    public var preset: NetworkPreset? { NetworkPreset.named(name) }

    /// What it is usually trained with: its preset's, else SGD.
    public var usualOptimizer: OptimizerKind { preset?.optimizer ?? .sgd }

    /// The loss that it is usually trained with: its preset's, else SSD's.
    public var usualLoss: MultiBoxLoss { preset?.loss ?? MultiBoxLoss() }

    /// The way from an image to its input.
    public var input: InputSpecification {
      InputSpecification(width: imageSide, height: imageSide, normalization: normalization)
    }
  }

  /// Weights that a network starts from.
  public struct Pretrained: Hashable, Sendable, Encodable {
    /// The path of a safetensors file or a PyTorch checkpoint.
    public var path: String
    /// Classes that they were trained on: of those that both have, the head's rows are taken.
    public var classNames: ClassNames?

    enum CodingKeys: String, CodingKey, CaseIterable { case path, classNames }

    /// Names a file of weights.
    public init(path: String, classNames: ClassNames? = nil) {
      self.path = path
      self.classNames = classNames
    }
  }

  /// Gradient descent, and its schedule.
  public struct Optimization: Hashable, Sendable {
    /// Passes over the images.
    public var epochs = TrainingDefaults.usualEpochs
    /// N, images that the network sees at once.
    public var batchSize = 8
    /// Batches whose gradients make one step, as if they were one batch, in the memory of one.
    /// Normalizations see each by itself.
    public var accumulation = 1
    /// The images whose statistics normalizations take where several processes share a batch.
    public var batchStatistics = BatchStatistics.sync
    /// How often an epoch shows each image.
    public var sampling = ImageSampling.uniform
    /// Ends the run early; the schedule still spans all epochs. Nil: no limit.
    public var maximumIterations: Int?
    /// Measurements on the validation split without a higher AP than before, after which the run
    /// ends early; the schedule still spans all epochs. Nil trains them all.
    public var patience: Int?
    /// What makes a step of the gradient; its usual learning rate and decay are set beside it.
    public var optimizer: OptimizerKind
    /// The learning rate of every iteration.
    public var learningRate: LearningRateSchedule
    /// The share of the velocity that stays, 0 to below 1; AdamW's β₁.
    public var momentum = 0.9
    /// The decay of convolutions' weights; biases and norms have none.
    public var weightDecay: Double
    /// The largest Euclidean norm of the gradient; 0 for no limit.
    public var gradientLimit = 10.0
    /// The decay of the moving average of weights that validation and detection use; 0 uses the
    /// weights themselves.
    public var averageDecay = 0.998
    /// The seed of initial weights, order and augmentation.
    public var seed: UInt64 = 1

    /// Creates the defaults of a network.
    ///
    /// - Parameters:
    ///   - network: gives the learning rate that suits it, and with its first weights the epochs.
    ///   - epochs: passes over the images; nil takes what suits them.
    ///   - batchSize: N, images that the network sees at once; nil takes what suits the images.
    ///   - accumulation: batches of a step; learning rate and warm-up follow from all its images.
    ///   - imageCount: images of the training split, which ``TrainingDefaults`` looks at.
    ///   - optimizer: gives learning rate and decay that suit it; nil takes what suits the network.
    public init(
      network: Network = Network(), epochs: Int? = nil, batchSize: Int? = nil,
      accumulation: Int = 1, imageCount: Int? = nil, optimizer: OptimizerKind? = nil
    ) {
      let optimizer = optimizer ?? network.usualOptimizer
      let defaults = TrainingDefaults(imageCount: imageCount)
      let batchSize = batchSize ?? defaults.batchSize
      self.batchSize = batchSize
      self.accumulation = accumulation
      self.optimizer = optimizer
      weightDecay = optimizer.usualWeightDecay
      let images = batchSize * accumulation
      self.epochs =
        epochs ?? defaults.epochs(stepSize: images, isPretrained: network.pretrained != nil)
      learningRate = LearningRateSchedule(
        base: Self.learningRate(network: network, batchSize: images, optimizer: optimizer),
        warmUpIterations: defaults.warmUp(stepSize: images), shape: .cosine)
    }

    /// Returns the learning rate that trains a network from scratch.
    ///
    /// - Parameters:
    ///   - network: one of its own gets that of `ssd-compact`.
    ///   - batchSize: images a step; the rate grows with them.
    ///   - optimizer: what makes the steps.
    public static func learningRate(
      network: Network, batchSize: Int, optimizer: OptimizerKind
    ) -> Double {
      optimizer.usualLearningRate(
        ratePerImage: (network.preset ?? .ssdCompact).learningRatePerImage, imageCount: batchSize)
    }
  }

  /// The way it computes on this machine.
  public struct Execution: Hashable, Sendable, Encodable {
    /// The device of the network: `cpu`, `cuda` or `cuda:1`. Which there are, the engine knows.
    public var device: String
    /// The number format of the convolutions.
    public var precision: Precision
    /// Threads of the network's operations. The order of sums, and so the last bits, depend on it.
    public var threadCount: Int
    /// Threads that read and augment; they change nothing but the speed.
    public var loaderThreadCount: Int
    /// The most bytes of the batches that are read ahead; they change nothing but speed and memory.
    /// Nil takes four batches, and one for each further thread.
    public var prefetchMemory: Int?
    /// Epochs between validations; 0 validates at the end alone.
    public var validationInterval: Int

    enum CodingKeys: String, CodingKey, CaseIterable {
      case device, precision, threadCount, loaderThreadCount, prefetchMemory, validationInterval
    }

    /// Creates the settings of a machine.
    ///
    /// - Parameters:
    ///   - device: of the network: `cpu`, `cuda` or `cuda:1`.
    ///   - precision: the number format of the convolutions.
    ///   - threadCount: nil takes all cores.
    ///   - loaderThreadCount: threads that read and augment; nil takes 1 beside a network on the
    ///     CPU, and all cores beside one on another device, which waits for them.
    ///   - prefetchMemory: the most bytes of the batches that are read ahead; nil takes four
    ///     batches, and one for each further thread.
    ///   - validationInterval: epochs between validations; 0 validates at the end alone.
    public init(
      device: String = Self.usualDevice, precision: Precision = .float32, threadCount: Int? = nil,
      loaderThreadCount: Int? = nil, prefetchMemory: Int? = nil, validationInterval: Int = 10
    ) {
      let coreCount = AvailableProcessors.count
      self.device = device
      self.precision = precision
      self.threadCount = threadCount ?? coreCount
      self.loaderThreadCount =
        loaderThreadCount ?? (device == Self.usualDevice ? 1 : coreCount)
      self.prefetchMemory = prefetchMemory
      self.validationInterval = validationInterval
    }

    /// The device that every machine has.
    public static let usualDevice = "cpu"
  }

  /// Bytes of a batch, fewer than which ``Execution/prefetchMemory`` cannot be.
  package var batchByteCount: Int {
    // Another device normalizes by itself.
    Batch.byteCount(
      optimization.batchSize, of: network.input,
      as: execution.device == Execution.usualDevice ? .normalized : .bytes)
  }

  /// The description of the detector that the run trains, for other programs.
  public var detector: DetectorDescription {
    DetectorDescription(
      name: network.name, classNames: data.classNames, input: network.input,
      outputs: .heads(
        DetectorDescription.Heads(
          classes: DetectorDescription.Classes(
            DetectorDescription.Output(ExportedNames.logits),
            scoreFunction: loss.confidence.scoreFunction),
          offsets: DetectorDescription.Output(ExportedNames.offsets), boxCoder: loss.boxCoder,
          defaultBoxes: .specification(network.defaultBoxes))),
      thresholds: DetectorDescription.Thresholds(
        iou: suppression.iouThreshold, gaussianSigma: suppression.gaussianSigma),
      tileSide: augmentation.tiles.side)
  }
}

extension TrainingConfiguration {
  /// Creates the defaults for data that were read, by the rules of ``TrainingDefaults``.
  ///
  /// - Parameters:
  ///   - data: the images and their classes.
  ///   - network: the network that learns; nil takes `ssd-compact` with the input and the default
  ///     boxes that ``TrainingObjects`` chooses.
  public init(_ data: TrainingData, network: Network? = nil) {
    let imageCount = data.training.images.count
    let network = network ?? Network(for: data)
    self.init(
      data: data.source, network: network,
      augmentation: TrainingDefaults(imageCount: imageCount).augmentation,
      optimization: Optimization(network: network, imageCount: imageCount))
  }
}
