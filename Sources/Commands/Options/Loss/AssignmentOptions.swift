import ArgumentParser
import MultiBox

/// Where a rule of assignment is chosen, which decides what help shows of it.
public protocol AssignmentUse {
  /// There are predictions that a rule can look at.
  static var hasPredictions: Bool { get }
}

/// The loss of predictions.
public enum OfPredictions: AssignmentUse { public static let hasPredictions = true }

/// Default boxes and objects alone.
public enum BeforeTraining: AssignmentUse { public static let hasPredictions = false }

/// The rule that says which default boxes learn which objects, and its parameters.
///
/// An option that the chosen rule does not have is an error.
public struct AssignmentOptions<Use: AssignmentUse>: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Rule that says which default boxes learn which objects:"
        + " \(Self.shownNames.joined(separator: ", "))."
        + " Default: \(MultiBoxLoss().assigner.name).", valueName: "name"),
    completion: .list(Self.shownNames))
  public var matching: String?
  @Option(
    help: ArgumentHelp(
      "bipartite, forced, threshold: IoU from which a default box is positive."
        + " Default: \(OverlapRule().threshold).", valueName: "IoU"))
  public var iouThreshold: Double?
  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "bipartite, forced, threshold: whether an IoU equal to the threshold is positive. Default: on"
        + "\(Use.hasPredictions ? "; with --preset nvidia off" : "")."))
  public var includesThreshold: Bool?
  @Option(
    help: ArgumentHelp(
      "bipartite, forced, threshold: default boxes that are not positive are background below this"
        + " IoU, and ignored from it on. Default: \(OverlapRule().negativeOverlap), all are background.",
      valueName: "IoU"))
  public var negativeOverlap: Double?
  @Option(
    help: ArgumentHelp(
      "atss: how many default boxes of each feature map, the nearest ones, can be positive."
        + " Default: \(ATSSAssigner().candidatesPerMap).", valueName: "count"))
  public var candidatesPerMap: Int?
  @Option(
    help: ArgumentHelp(
      "task-aligned: exponent of the score. Default: \(TaskAlignedAssigner().alpha).",
      valueName: "number", visibility: Self.ofPredictions))
  public var alignmentAlpha: Double?
  @Option(
    help: ArgumentHelp(
      "task-aligned: exponent of the IoU. Default: \(TaskAlignedAssigner().beta).",
      valueName: "number", visibility: Self.ofPredictions))
  public var alignmentBeta: Double?
  @Option(
    help: ArgumentHelp(
      "task-aligned: how many default boxes an object can get."
        + " Default: \(TaskAlignedAssigner().candidateCount).", valueName: "count",
      visibility: Self.ofPredictions))
  public var alignmentCandidates: Int?

  private static var names: [String] { LossParts.assigners.map { $0.partName } }
  /// Those that can be chosen here.
  private static var shownNames: [String] {
    LossParts.assigners.filter { Use.hasPredictions || !$0.init().usesPredictions }
      .map { $0.partName }
  }
  /// Of options that only a rule with predictions has.
  private static var ofPredictions: ArgumentVisibility {
    Use.hasPredictions ? .default : .private
  }

  public init() {}

  public func validate() throws {
    if let matching { try requireName(matching, "--matching", Self.names) }
    if let iouThreshold {
      try require((0...1).contains(iouThreshold), "--iou-threshold", "0…1", iouThreshold)
    }
    if let negativeOverlap {
      try require(
        negativeOverlap > 0 && negativeOverlap <= 1, "--negative-overlap", "above 0, to 1",
        negativeOverlap)
    }
    for (name, value) in [
      ("--candidates-per-map", candidatesPerMap), ("--alignment-candidates", alignmentCandidates),
    ] {
      if let value { try require(value > 0, name, "1 or more", value) }
    }
    for (name, value) in [
      ("--alignment-alpha", alignmentAlpha), ("--alignment-beta", alignmentBeta),
    ] {
      if let value { try require(value >= 0 && value.isFinite, name, "0 or more", value) }
    }
  }

  /// The rule with what was given.
  ///
  /// - Throws: a usage error for an option that the rule does not have.
  public func assigner(over base: any BoxAssigner = .bipartite()) throws -> any BoxAssigner {
    var result = base
    if let matching, matching != base.name,
      let type = LossParts.assigners.first(where: { $0.partName == matching })
    {
      result = type.init()
    }
    var options = EffectiveOptions(part: result.name, option: "--matching")
    func given(_ overlap: OverlapRule) -> OverlapRule {
      OverlapRule(
        threshold: options.take(iouThreshold, "--iou-threshold") ?? overlap.threshold,
        includesThreshold: options.take(includesThreshold, "--includes-threshold")
          ?? overlap.includesThreshold,
        negativeOverlap: options.take(negativeOverlap, "--negative-overlap")
          ?? overlap.negativeOverlap)
    }
    switch result {
    case let rule as BipartiteAssigner: result = BipartiteAssigner(given(rule.overlap))
    case let rule as ForcedAssigner: result = ForcedAssigner(given(rule.overlap))
    case let rule as ThresholdAssigner: result = ThresholdAssigner(given(rule.overlap))
    case let rule as ATSSAssigner:
      result = .atss(
        candidatesPerMap: options.take(candidatesPerMap, "--candidates-per-map")
          ?? rule.candidatesPerMap)
    case let rule as TaskAlignedAssigner:
      result = .taskAligned(
        alpha: options.take(alignmentAlpha, "--alignment-alpha") ?? rule.alpha,
        beta: options.take(alignmentBeta, "--alignment-beta") ?? rule.beta,
        candidateCount: options.take(alignmentCandidates, "--alignment-candidates")
          ?? rule.candidateCount)
    default: break
    }
    try options.checkAllTaken([
      ("--iou-threshold", iouThreshold != nil), ("--includes-threshold", includesThreshold != nil),
      ("--negative-overlap", negativeOverlap != nil),
      ("--candidates-per-map", candidatesPerMap != nil),
      ("--alignment-alpha", alignmentAlpha != nil), ("--alignment-beta", alignmentBeta != nil),
      ("--alignment-candidates", alignmentCandidates != nil),
    ])
    return result
  }
}
