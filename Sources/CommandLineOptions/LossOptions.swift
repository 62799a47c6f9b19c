import ArgumentParser
import MultiBox

extension BoxLoss: ExpressibleByArgument {}
extension ConfidenceLoss: ExpressibleByArgument {}
extension MatchingStrategy: ExpressibleByArgument {}
extension LossNormalization: ExpressibleByArgument {}
extension LossPreset: ExpressibleByArgument {}

/// The parameters and strategies of the loss: a preset, and what is to differ from it.
public struct LossOptions: ParsableArguments {
  @Option(
    help: "System whose loss is computed; the options below change parts of it. Default: paper.")
  public var preset: LossPreset?
  @Option(help: "What compares a predicted box with its target.")
  public var boxLoss: BoxLoss?
  @Option(help: "How classes are learned.")
  public var confidenceLoss: ConfidenceLoss?
  @Option(help: "Where smooth L1 becomes linear; 0: L1. Default: 1.0.")
  public var beta: Double?
  @Option(help: "Focal loss: weight of the right class. Default: 0.25.")
  public var focalAlpha: Double?
  @Option(help: "Focal loss: how strongly easy boxes are played down. Default: 2.0.")
  public var focalGamma: Double?
  @Option(help: "Mined negatives for each positive. Default: 3.0.")
  public var negativesPerPositive: Double?
  @Option(help: "At least so many mined negatives an image. Default: 0.")
  public var minimumNegatives: Int?
  @Option(help: "Mine only default boxes whose best IoU is below this. Default: all.")
  public var negativeOverlap: Double?
  @Option(help: "Rule that gives each object a default box of its own.")
  public var matching: MatchingStrategy?
  @Option(help: "IoU from which a default box is positive. Default: 0.5.")
  public var iouThreshold: Double?
  @Flag(
    inversion: .prefixedNo,
    help: "Whether an IoU equal to the threshold is positive. Default: it is; with nvidia not.")
  public var includesThreshold: Bool?
  @Option(help: "Divide by the positives of the batch, or each image by its own.")
  public var normalization: LossNormalization?
  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Whether positives are mined too where an image has too few negatives. Default: not; with"
        + " torchvision and nvidia they are."))
  public var countsMinedPositivesTwice: Bool?

  public init() {}

  public func validate() throws {
    let beta = beta ?? 1
    try require(beta >= 0 && beta.isFinite, "--beta", "0 or more", beta)
    try require((0...1).contains(focalAlpha ?? 0), "--focal-alpha", "0…1", focalAlpha ?? 0)
    let gamma = focalGamma ?? 0
    try require(gamma >= 0 && gamma.isFinite, "--focal-gamma", "0 or more", gamma)
    let ratio = negativesPerPositive ?? 0
    try require(ratio >= 0, "--negatives-per-positive", "0 or more", ratio)
    let minimum = minimumNegatives ?? 0
    try require(minimum >= 0, "--minimum-negatives", "0 or more", minimum)
    let overlap = negativeOverlap ?? 1
    try require(overlap > 0 && overlap <= 1, "--negative-overlap", "above 0, to 1", overlap)
    let threshold = iouThreshold ?? 0.5
    try require((0...1).contains(threshold), "--iou-threshold", "0…1", threshold)
  }

  /// The preset with what was given.
  ///
  /// - Parameter base: what stands where neither a preset nor a part is given.
  public func configuration(
    over base: MultiBoxLoss.Configuration = LossPreset.paper.configuration
  ) -> MultiBoxLoss.Configuration {
    var result = base
    if let preset {
      result = preset.configuration
      (result.alpha, result.boxCoder, result.threadCount) = (
        base.alpha, base.boxCoder, base.threadCount
      )
    }
    result.boxLoss = boxLoss ?? result.boxLoss
    result.beta = beta ?? result.beta
    result.confidenceLoss = confidenceLoss ?? result.confidenceLoss
    result.focalAlpha = focalAlpha ?? result.focalAlpha
    result.focalGamma = focalGamma ?? result.focalGamma
    result.negativesPerPositive = negativesPerPositive ?? result.negativesPerPositive
    result.minimumNegatives = minimumNegatives ?? result.minimumNegatives
    result.negativeOverlap = negativeOverlap ?? result.negativeOverlap
    result.matching = matching ?? result.matching
    result.iouThreshold = iouThreshold ?? result.iouThreshold
    result.includesThreshold = includesThreshold ?? result.includesThreshold
    result.normalization = normalization ?? result.normalization
    result.countsMinedPositivesTwice =
      countsMinedPositivesTwice ?? result.countsMinedPositivesTwice
    return result
  }
}

extension BoxLoss {
  /// α that trains well with this loss from scratch: about the same pull on the offsets as smooth
  /// L1 with 1.
  public var usualAlpha: Double {
    switch self {
    case .smoothL1, .l1: 1
    case .l2: 0.5
    case .iou, .giou, .diou, .ciou, .eiou: 5
    }
  }
}
