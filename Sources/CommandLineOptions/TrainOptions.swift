import ArgumentParser
import Detectors
import MultiBox
import Runs
import TrainingInput

/// What a training is, unless an option says otherwise.
private let usual = TrainingConfiguration.Optimization()
private let usualExecution = TrainingConfiguration.Execution()

/// What follows the warm-up of the learning rate.
public enum ScheduleOption: String, CaseIterable, ExpressibleByArgument, Sendable {
  case cosine
  case multistep
}

/// Sets of augmentation parameters.
public enum AugmentationOption: String, CaseIterable, ExpressibleByArgument, Sendable {
  /// The original SSD's.
  case ssd
  /// Milder: objects shrink at most to half, crops keep half of the side or more.
  case light
  case none

  public var policy: AugmentationPolicy {
    switch self {
    case .ssd: .ssd
    case .light:
      AugmentationPolicy(
        expansion: Expansion(maximumRatio: 2),
        crop: CropSampling(minimumOverlaps: [0, 0], scale: 0.5...1))
    case .none: .none
    }
  }
}

/// `multibox train`.
public struct TrainOptions: ParsableArguments {
  @Option(help: "Folder of labelled images, or shapes:images=…,side=…,seed=….")
  public var data: String?
  @OptionGroup public var dataOptions: DataOptions
  @Option(help: "Folder of the run: configuration, weights, checkpoint, metrics, report.html.")
  public var output = "run"
  @Flag(help: "Go on with the run in --output; it keeps its own configuration.")
  public var resume = false

  @Option(help: "Split to train on; default: trainval, else train.")
  public var trainSplit: String?
  @Option(
    help: "Split that chooses the best weights; default: val or valid, if the run trains on train.")
  public var validationSplit: String?
  @Option(help: "Split that is measured, but never chosen by; default: test, if there is one.")
  public var testSplit: String?
  @Option(help: "Epochs between measurements; 0: only at the end.")
  public var validateEvery = usualExecution.validationInterval

  @Option(help: "Network.")
  public var model: NetworkPreset = .ssdCompact
  @Option(help: "Weights to start from: what import wrote, or a file that it reads.")
  public var pretrained: String?
  @Option(
    help:
      "Names of the classes that --pretrained was trained on, one a line: the head's rows of shared classes are taken."
  )
  public var classesFrom: String?
  @Option(
    help: "Side of the network's input in pixels (ssd-compact; a multiple of 32). Default: 320.")
  public var imageSize: Int?
  @Option(
    help: ArgumentHelp(
      "Default boxes: a preset (\(DefaultBoxPreset.names)) or a JSON file of a specification; default:"
        + " the network's.", valueName: "preset|file"))
  public var defaultBoxes: String?

  @Option(help: "Passes over the images.")
  public var epochs = usual.epochs
  @Option(help: "Images a step.")
  public var batchSize = usual.batchSize
  @Option(
    help: "End after so many steps, whatever the epochs; the schedule stays that of the epochs.")
  public var maxIterations: Int?
  @Option(help: "Learning rate after the warm-up; default: the network's.")
  public var learningRate: Double?
  @Option(
    help: "Steps over which the learning rate rises; default: one epoch, at least 20, at most 500.")
  public var warmUp: Int?
  @Option(help: "Schedule after the warm-up.")
  public var schedule: ScheduleOption = .cosine
  @Option(help: "Shares of the run after which multistep divides the rate by 10.")
  public var milestones: [Double] = [0.66, 0.83]
  @Option(help: "Momentum of SGD.")
  public var momentum = usual.momentum
  @Option(help: "Weight decay of convolutions; biases and norms have none.")
  public var weightDecay = usual.weightDecay
  @Option(help: "Largest norm of the gradient; 0: no limit.")
  public var gradientClip = usual.gradientLimit
  @Option(help: "Decay of the moving average of weights; 0: none.")
  public var averageDecay = usual.averageDecay

  @Option(help: "Changes of the images: ssd (the original's), light or none.")
  public var augmentation: AugmentationOption = .ssd
  @Option(help: "Probability of top and bottom changing places, for images without up and down.")
  public var flipProbability = 0.0

  @OptionGroup public var lossOptions: LossOptions
  @Option(
    help: ArgumentHelp(
      "Weight of the localization loss. Default, by --box-loss: 1 for smooth-l1 and l1, 0.5 for l2,"
        + " 5 for iou, giou, diou, ciou and eiou."))
  public var alpha: Double?

  @Flag(help: "Also write TensorBoard's event files, into tensorboard/ of the run.")
  public var tensorboard = false

  @Option(help: "Seed of weights, order and augmentation.")
  public var seed = usual.seed
  @Option(help: "Number format of convolutions; default: bfloat16 where the processor has it.")
  public var precision: Precision?
  @Option(help: "Threads of the network; default: all cores.")
  public var threads: Int?
  @Option(help: "Threads that read and augment.")
  public var loaderThreads = usualExecution.loaderThreadCount

  public init() {}

  public func validate() throws {
    if data == nil, !resume { throw ValidationError("Missing expected argument '--data <data>'") }
    if resume {
      // Parsed values do not tell what was given from what is a default; the arguments do.
      let given = CommandLine.arguments.filter { $0.hasPrefix("--") }.map {
        $0.split(separator: "=")[0]
      }
      if let other = given.first(where: { $0 != "--resume" && $0 != "--output" }) {
        throw ValidationError(
          "\(other): --resume goes with --output alone; a run keeps its own configuration")
      }
    }
    try require(epochs > 0, "--epochs", "above 0", epochs)
    try require(batchSize > 0, "--batch-size", "above 0", batchSize)
    try require(maxIterations ?? 1 > 0, "--max-iterations", "above 0", maxIterations ?? 0)
    try require(validateEvery >= 0, "--validate-every", "0 or more", validateEvery)
    if let side = imageSize {
      try require(
        model.fixedSide == nil, "--image-size",
        "no value with --model \(model.name), which has its own",
        side)
      try require(
        side >= 64 && side % 32 == 0 && side <= 2048, "--image-size",
        "a multiple of 32 from 64 to 2048", side)
    }
    let rate = learningRate ?? 1
    try require(rate > 0 && rate.isFinite, "--learning-rate", "above 0", rate)
    try require(warmUp ?? 0 >= 0, "--warm-up", "0 or more", warmUp ?? 0)
    try require((0..<1).contains(momentum), "--momentum", "from 0 to below 1", momentum)
    try require(weightDecay >= 0, "--weight-decay", "0 or more", weightDecay)
    try require(gradientClip >= 0, "--gradient-clip", "0 or more", gradientClip)
    try require(
      (0..<1).contains(averageDecay), "--average-decay", "from 0 to below 1", averageDecay)
    try require(
      (0...1).contains(flipProbability), "--flip-probability", "0…1", flipProbability)
    let alpha = alpha ?? 1
    try require(alpha >= 0 && alpha.isFinite, "--alpha", "0 or more", alpha)
    _ = try lossOptions.loss()
    if classesFrom != nil, pretrained == nil {
      throw ValidationError("--classes-from goes with --pretrained")
    }
    try require(threads ?? 1 > 0, "--threads", "above 0", threads ?? 0)
    try require(loaderThreads > 0, "--loader-threads", "above 0", loaderThreads)
  }
}

/// - Throws: `ValidationError`, which ends with argument-parser's text and exit code 64.
public func require<Value>(
  _ condition: Bool, _ option: String, _ expected: String, _ found: Value
) throws {
  guard condition else {
    throw ValidationError("\(option): expected \(expected), found \(found)")
  }
}
