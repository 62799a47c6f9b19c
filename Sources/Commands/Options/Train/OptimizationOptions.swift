import ArgumentParser
import Runs

/// What a training is, unless an option says otherwise.
private let usual = TrainingConfiguration.Optimization()

/// What follows the warm-up of the learning rate.
public enum ScheduleOption: String, CaseIterable, ExpressibleByArgument, Sendable {
  case cosine
  case multistep
}

extension OptimizerKind: ExpressibleByArgument {}

/// How long `multibox train` trains, and how large its steps are.
public struct OptimizationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Passes over the images. With --resume: the new length of the whole run, whose schedule is"
        + " stretched to it. Default: \(usual.epochs), or \(Self.pretrainedEpochs) with"
        + " --pretrained; more with few images.", valueName: "count"))
  public var epochs: Int?
  @Option(
    help: ArgumentHelp(
      "Time for all of it, as 20m, 90s, 1.5h or 1h30m: the first steps are measured, and as many"
        + " epochs are taken as end in time. Default: --epochs decides.", valueName: "time"))
  public var time: String?
  @Option(
    help: ArgumentHelp(
      "Ends the run after so many measurements on the validation split in a row without a higher AP,"
        + " one every --validate-every epochs. Default: off.", valueName: "count"))
  public var patience: Int?
  @Option(
    help: ArgumentHelp(
      "Images that the network sees at once. Default:"
        + " \(TrainingDefaults(imageCount: 1).batchSize) with fewer than"
        + " \(TrainingDefaults.fewImages) images, else \(usual.batchSize).",
      valueName: "count"))
  public var batchSize: Int?
  @Option(
    help: ArgumentHelp(
      "Batches that each step learns from as if they were one, but for norms, in the memory of one.",
      valueName: "count"))
  public var accumulate = usual.accumulation
  @Option(
    help: ArgumentHelp(
      "Steps after which to end, whatever the epochs; the schedule stays that of the epochs."
        + " Default: all of them.", valueName: "count"))
  public var maxIterations: Int?
  @Option(
    help: ArgumentHelp(
      "What makes a step of the gradients: SGD with momentum, or AdamW. Default:"
        + " \(NetworkPreset.usual(\.optimizer.rawValue)).", valueName: "name"))
  public var optimizer: OptimizerKind?
  @Option(
    help: ArgumentHelp(
      "Learning rate after the warm-up, with n images in a step, those of --accumulate counted."
        + " Default: of sgd \(NetworkPreset.usual(unit: " × n", \.learningRatePerImage)); of adamw"
        + " \(NetworkPreset.usual(unit: " × √n", Self.rateOfAdamW)).",
      valueName: "rate"))
  public var learningRate: Double?
  @Option(
    help: ArgumentHelp(
      "Steps over which the learning rate rises. Default: one epoch, at least 20, at most 500.",
      valueName: "count"))
  public var warmUp: Int?
  @Option(
    help: ArgumentHelp(
      "How the learning rate falls after the warm-up: along a cosine, or by ten at --milestones.",
      valueName: "name"))
  public var schedule: ScheduleOption = .cosine
  @Option(
    help: ArgumentHelp(
      "multistep: a share of the run after which the rate is divided by 10; give it once for each."
        + " Default: \(Self.usualMilestones).", valueName: "share"))
  public var milestones: [Double] = []
  @Option(
    help: ArgumentHelp(
      "Momentum of SGD: the share of the last step in the next; AdamW's first"
        + " beta. The second is 0.999.", valueName: "share"))
  public var momentum = usual.momentum
  @Option(
    help: ArgumentHelp(
      "Weight decay of convolutions; biases and norms have none. Default:"
        + " \(OptimizerKind.adamw.usualWeightDecay) of adamw, \(OptimizerKind.sgd.usualWeightDecay) of"
        + " sgd.", valueName: "number"))
  public var weightDecay: Double?
  @Option(
    help: ArgumentHelp(
      "Largest norm of the gradient; a longer one is shortened to it; 0: no limit.",
      valueName: "number"))
  public var gradientClip = usual.gradientLimit
  @Option(
    help: ArgumentHelp(
      "Decay of the moving average of weights, which is what is measured and kept; 0: none.",
      valueName: "share"))
  public var averageDecay = usual.averageDecay

  /// Of weights that know pictures, with many images.
  private static let pretrainedEpochs = TrainingDefaults(imageCount: nil).epochs(
    stepSize: usual.batchSize, isPretrained: true)
  private static func rateOfAdamW(_ preset: NetworkPreset) -> Double {
    OptimizerKind.adamw.usualLearningRate(ratePerImage: preset.learningRatePerImage, imageCount: 1)
  }
  private typealias Limits = TrainingConfiguration.Limits

  private static var usualMilestones: String {
    LearningRateSchedule.usualMilestones.map { "\($0)" }.joined(separator: ", ")
  }

  /// The time that is given for the training; nil where its epochs are.
  public var timeBudget: TimeBudget? { time.flatMap(TimeBudget.init) }

  public init() {}

  public func validate() throws {
    try require(epochs, "--epochs", in: Limits.epochs)
    try require(batchSize, "--batch-size", in: Limits.batchSize)
    try require(accumulate, "--accumulate", in: Limits.accumulation)
    try require(maxIterations, "--max-iterations", in: Limits.iterations)
    try require(patience, "--patience", in: Limits.patience)
    if let time {
      try refuse(
        [("--epochs", epochs != nil), ("--max-iterations", maxIterations != nil)], with: "--time")
      try require(timeBudget != nil, "--time", TimeBudget.forms, time)
    }
    let rate = learningRate ?? 1
    try require(
      rate > 0 && rate <= Limits.learningRate, "--learning-rate",
      "above 0, to \(Limits.learningRate)", rate)
    try require(warmUp, "--warm-up", in: Limits.warmUpIterations)
    if schedule != .multistep {
      try refuse(
        [("--milestones", !milestones.isEmpty)], with: "--schedule \(schedule.rawValue)")
    }
    for milestone in milestones {
      try require(milestone > 0 && milestone < 1, "--milestones", "above 0, below 1", milestone)
    }
    try require((0..<1).contains(momentum), "--momentum", "from 0 to below 1", momentum)
    for (option, value) in [
      ("--weight-decay", weightDecay ?? 0), ("--gradient-clip", gradientClip),
    ] {
      // LibTorch computes in float32.
      try require(
        value >= 0 && Float(value).isFinite, option, "0 or more, and finite as float32", value)
    }
    try require(
      (0..<1).contains(averageDecay), "--average-decay", "from 0 to below 1", averageDecay)
  }
}
