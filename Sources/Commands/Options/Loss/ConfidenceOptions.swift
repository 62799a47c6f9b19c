import ArgumentParser
import MultiBox
import Runs
import SSDReport

/// How classes are learned.
///
/// An option that the chosen term does not have is an error.
public struct ConfidenceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How classes are learned: \(Self.names.joined(separator: ", "))."
        + " Default: \(NetworkPreset.usual { $0.loss.confidence.name }).", valueName: "name"),
    completion: .list(Self.names))
  public var confidenceLoss: String?
  @Option(
    help: ArgumentHelp(
      "softmax, sigmoid: mined negatives for each positive."
        + " Default: \(HardNegativeMining().negativesPerPositive).", valueName: "number"))
  public var negativesPerPositive: Double?
  @Option(
    help: ArgumentHelp(
      "softmax, sigmoid: the least number of mined negatives of an image."
        + " Default: \(HardNegativeMining().minimumNegatives).", valueName: "count"))
  public var minimumNegatives: Int?
  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "softmax, sigmoid: whether positives are mined too where an image has too few negatives."
        + " Default: off; with --preset torchvision on."))
  public var countsMinedPositivesTwice: Bool?
  @Option(
    help: ArgumentHelp(
      "softmax, sigmoid: share of the target that goes to all classes alike, for scores that are"
        + " less sure. Default: \(NumberStyle.measure.text(SoftmaxLoss().labelSmoothing)).",
      valueName: "share"))
  public var labelSmoothing: Double?
  @Option(
    help: ArgumentHelp(
      "focal: weight of the right class, default: \(FocalLoss().alpha); varifocal: weight of all"
        + " others, default: \(VarifocalLoss().alpha).", valueName: "share"))
  public var focalAlpha: Double?
  @Option(
    help: ArgumentHelp(
      "focal, varifocal: how strongly easy boxes are played down; 0: not at all."
        + " Default: \(FocalLoss().gamma).", valueName: "number"))
  public var focalGamma: Double?
  @Option(
    help: ArgumentHelp(
      "quality-focal: how strongly easy boxes are played down; 0: not at all."
        + " Default: \(QualityFocalLoss().beta).", valueName: "number"))
  public var qualityBeta: Double?
  @Option(
    help: ArgumentHelp(
      "Factors of the confidence loss of objects' default boxes by class: cat=2,dog=0.5, a comma of"
        + " a name behind a backslash, classes that are not named 1; of loss the classes are numbers."
        + " train: or balanced, the larger the fewer objects a class has among all that are trained"
        + " on. Default: all 1.",
      valueName: "list"))
  public var classWeights: String?

  private static var names: [String] { LossParts.confidenceTerms.map { $0.partName } }

  public init() {}

  public func validate() throws {
    if let classWeights { _ = try ClassWeightChoice(classWeights) }
    if let confidenceLoss { try requireName(confidenceLoss, "--confidence-loss", Self.names) }
    for (name, value) in [
      ("--focal-gamma", focalGamma), ("--quality-beta", qualityBeta),
      ("--negatives-per-positive", negativesPerPositive),
    ] {
      if let value { try require(value >= 0 && value.isFinite, name, "0 or more", value) }
    }
    for (name, value) in [("--focal-alpha", focalAlpha), ("--label-smoothing", labelSmoothing)] {
      if let value { try require((0...1).contains(value), name, "0…1", value) }
    }
    if let minimumNegatives {
      try require(minimumNegatives >= 0, "--minimum-negatives", "0 or more", minimumNegatives)
    }
  }

  /// The term with what was given.
  ///
  /// - Throws: a usage error for an option that the term does not have.
  public func term(over base: any ConfidenceTerm) throws -> any ConfidenceTerm {
    var result = base
    // A part that is named anew begins with its defaults; one that stays keeps its parameters.
    if let confidenceLoss, confidenceLoss != base.name,
      let type = LossParts.confidenceTerms.first(where: { $0.partName == confidenceLoss })
    {
      result = type.init()
    }
    var options = EffectiveOptions(part: result.name, option: "--confidence-loss")
    func mining(_ mining: HardNegativeMining) -> HardNegativeMining {
      HardNegativeMining(
        negativesPerPositive: options.take(negativesPerPositive, "--negatives-per-positive")
          ?? mining.negativesPerPositive,
        minimumNegatives: options.take(minimumNegatives, "--minimum-negatives")
          ?? mining.minimumNegatives,
        countsMinedPositivesTwice: options.take(
          countsMinedPositivesTwice, "--counts-mined-positives-twice")
          ?? mining.countsMinedPositivesTwice)
    }
    switch result {
    case let term as SoftmaxLoss:
      result = .softmax(
        mining: mining(term.hardNegatives),
        labelSmoothing: options.take(labelSmoothing, "--label-smoothing") ?? term.labelSmoothing)
    case let term as SigmoidLoss:
      result = .sigmoid(
        mining: mining(term.hardNegatives),
        labelSmoothing: options.take(labelSmoothing, "--label-smoothing") ?? term.labelSmoothing)
    case let term as FocalLoss:
      result = .focal(
        alpha: options.take(focalAlpha, "--focal-alpha") ?? term.alpha,
        gamma: options.take(focalGamma, "--focal-gamma") ?? term.gamma)
    case let term as VarifocalLoss:
      result = .varifocal(
        alpha: options.take(focalAlpha, "--focal-alpha") ?? term.alpha,
        gamma: options.take(focalGamma, "--focal-gamma") ?? term.gamma)
    case let term as QualityFocalLoss:
      result = .qualityFocal(beta: options.take(qualityBeta, "--quality-beta") ?? term.beta)
    default: break
    }
    try options.checkAllTaken([
      ("--negatives-per-positive", negativesPerPositive != nil),
      ("--minimum-negatives", minimumNegatives != nil),
      ("--counts-mined-positives-twice", countsMinedPositivesTwice != nil),
      ("--label-smoothing", labelSmoothing != nil),
      ("--focal-alpha", focalAlpha != nil), ("--focal-gamma", focalGamma != nil),
      ("--quality-beta", qualityBeta != nil),
    ])
    return result
  }
}
