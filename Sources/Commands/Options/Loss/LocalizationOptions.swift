import ArgumentParser
import MultiBox

/// How places and sizes are learned.
///
/// An option that the chosen term does not have is an error.
public struct LocalizationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Loss of a prediction against its target: \(Self.names.joined(separator: ", "))."
        + " Default: \(MultiBoxLoss().localization.name).", valueName: "name"),
    completion: .list(Self.names))
  public var boxLoss: String?
  @Option(
    help: ArgumentHelp(
      "smooth-l1: the residual from which it is linear; 0: L1. Default: \(SmoothL1().beta).",
      valueName: "number"))
  public var beta: Double?
  @Option(
    help: ArgumentHelp(
      "Weight of the localization loss beside the confidence loss. Default: of train"
        + " \(Self.usualAlphas); of loss and explain \(MultiBoxLoss().alpha); of explain --run the"
        + " run's own.", valueName: "number"))
  public var alpha: Double?

  private static var names: [String] { LossParts.localizationNames }

  /// `1.0 for smooth-l1, l1; 0.5 for l2; …`.
  private static var usualAlphas: String {
    var groups: [(alpha: Double, names: [String])] = []
    for name in names {
      guard let alpha = LossParts.localization(named: name)?.usualAlpha else { continue }
      if let index = groups.firstIndex(where: { $0.alpha == alpha }) {
        groups[index].names.append(name)
      } else {
        groups.append((alpha, [name]))
      }
    }
    return groups.map { "\($0.alpha) for \($0.names.joined(separator: ", "))" }
      .joined(separator: "; ")
  }

  public init() {}

  public func validate() throws {
    if let boxLoss { try requireName(boxLoss, "--box-loss", Self.names) }
    if let beta { try require(beta >= 0 && beta.isFinite, "--beta", "0 or more", beta) }
    if let alpha { try require(alpha.isFinite, "--alpha", "a finite number", alpha) }
  }

  /// The term with what was given.
  ///
  /// - Throws: a usage error for an option that the term does not have.
  public func term(over base: LocalizationTerm) throws -> LocalizationTerm {
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
