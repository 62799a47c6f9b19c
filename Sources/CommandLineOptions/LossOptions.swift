import ArgumentParser
import MultiBox

extension LossNormalization: ExpressibleByArgument {}
extension LossPreset: ExpressibleByArgument {}

/// The parts of the loss and their parameters: a preset, and what is to differ from it.
///
/// An option that has no effect with the parts that are chosen is an error.
public struct LossOptions: ParsableArguments {
  @Option(
    help: "System whose loss is computed; the options below change parts of it. Default: paper.")
  public var preset: LossPreset?

  @OptionGroup public var assignment: AssignmentOptions
  @Option(
    help: ArgumentHelp(
      "Crowds and ignored regions are no background: leave out default boxes that lie in one by this"
        + " share of their area. Default: they are background.", valueName: "share"))
  public var ignoredRegionOverlap: Double?

  @Option(
    help: ArgumentHelp(
      "How classes are learned: \(LossParts.confidenceTerms.names). Default: softmax.",
      valueName: "name"))
  public var confidenceLoss: String?
  @Option(help: "softmax, sigmoid: mined negatives for each positive. Default: 3.0.")
  public var negativesPerPositive: Double?
  @Option(help: "softmax, sigmoid: the least number of mined negatives of an image. Default: 0.")
  public var minimumNegatives: Int?
  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "softmax, sigmoid: whether positives are mined too where an image has too few negatives."
        + " Default: not; with torchvision they are."))
  public var countsMinedPositivesTwice: Bool?
  @Option(
    help: ArgumentHelp(
      "focal: weight of the right class, default 0.25; varifocal: weight of all others, default 0.75."
    ))
  public var focalAlpha: Double?
  @Option(help: "focal, varifocal: how strongly easy boxes are played down. Default: 2.0.")
  public var focalGamma: Double?
  @Option(help: "quality-focal: how strongly easy boxes are played down. Default: 2.0.")
  public var qualityBeta: Double?

  @Option(
    help: ArgumentHelp(
      "What compares a prediction with its target: \(LossParts.localizationNames.joined(separator: ", "))."
        + " Default: smooth-l1.", valueName: "name"))
  public var boxLoss: String?
  @Option(help: "smooth-l1: where it becomes linear; 0: L1. Default: 1.0.")
  public var beta: Double?
  @Option(help: "Divide by the positives of the batch, or each image by its own.")
  public var normalization: LossNormalization?

  public init() {}

  public func validate() throws {
    if let confidenceLoss {
      try requireName(confidenceLoss, "--confidence-loss", LossParts.confidenceTerms.partNames)
    }
    if let boxLoss { try requireName(boxLoss, "--box-loss", LossParts.localizationNames) }
    func check(_ value: Double?, _ name: String, _ expected: String, _ isValid: (Double) -> Bool)
      throws
    {
      if let value { try require(isValid(value) && value.isFinite, name, expected, value) }
    }
    try check(beta, "--beta", "0 or more") { $0 >= 0 }
    try check(focalAlpha, "--focal-alpha", "0…1") { (0...1).contains($0) }
    try check(focalGamma, "--focal-gamma", "0 or more") { $0 >= 0 }
    try check(qualityBeta, "--quality-beta", "0 or more") { $0 >= 0 }
    try check(negativesPerPositive, "--negatives-per-positive", "0 or more") { $0 >= 0 }
    try check(ignoredRegionOverlap, "--ignored-region-overlap", "above 0, to 1") {
      $0 > 0 && $0 <= 1
    }
    if let minimumNegatives {
      try require(
        minimumNegatives >= 0, "--minimum-negatives", "0 or more", minimumNegatives)
    }
  }

  /// The preset with what was given.
  ///
  /// - Parameter base: what stands where neither a preset nor a part is given.
  /// - Throws: a usage error for an option that the chosen parts do not have.
  public func loss(over base: MultiBoxLoss = MultiBoxLoss()) throws -> MultiBoxLoss {
    var result = base
    if let preset {
      result = preset.loss
      (result.alpha, result.boxCoder) = (base.alpha, base.boxCoder)
    }
    result.assigner = try assignment.assigner(over: result.assigner)
    result.confidence = try confidence(over: result.confidence)
    result.localization = try localization(over: result.localization)
    result.normalization = normalization ?? result.normalization
    result.ignoredRegionOverlap = ignoredRegionOverlap ?? result.ignoredRegionOverlap
    return result
  }

  private func confidence(over base: any ConfidenceTerm) throws -> any ConfidenceTerm {
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
    case let term as SoftmaxLoss: result = .softmax(mining: mining(term.hardNegatives))
    case let term as SigmoidLoss: result = .sigmoid(mining: mining(term.hardNegatives))
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
      ("--focal-alpha", focalAlpha != nil), ("--focal-gamma", focalGamma != nil),
      ("--quality-beta", qualityBeta != nil),
    ])
    return result
  }

  private func localization(over base: LocalizationTerm) throws -> LocalizationTerm {
    var result = base
    if let boxLoss, boxLoss != base.name, let term = LossParts.localization(named: boxLoss) {
      result = term
    }
    var options = EffectiveOptions(part: result.name, option: "--box-loss")
    if case .offsets(let loss) = result, let smooth = loss as? SmoothL1 {
      result = .offsets(.smoothL1(beta: options.take(beta, "--beta") ?? smooth.beta))
    }
    try options.checkAllTaken([("--beta", beta != nil)])
    return result
  }
}

/// - Throws: a usage error naming the option, the names that there are and the one given.
func requireName(_ name: String, _ option: String, _ names: [String]) throws {
  try require(names.contains(name), option, "one of \(names.joined(separator: ", "))", name)
}

extension Array where Element == any (ConfidenceTerm & LossPart).Type {
  var partNames: [String] { map { $0.partName } }
  var names: String { partNames.joined(separator: ", ") }
}

extension LocalizationTerm {
  /// α that trains well with this loss from scratch: about the same pull on the offsets as smooth
  /// L1 with 1.
  public var usualAlpha: Double {
    switch self {
    case .offsets(let loss): loss is L2 ? 0.5 : 1
    case .boxes: 5
    }
  }
}
