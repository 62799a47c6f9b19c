import ArgumentParser
import TrainingInput

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

/// How `multibox train` changes images before each epoch sees them.
public struct AugmentationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Changes of colour, place and size: ssd, the original's; light, with milder crops, for few or"
        + " small objects; none.", valueName: "name"))
  public var augmentation: AugmentationOption = .ssd
  @Option(
    help: ArgumentHelp(
      "Probability of top and bottom changing places, for images without up and down.",
      valueName: "share"))
  public var flipProbability = 0.0

  public init() {}

  public func validate() throws {
    try require(
      (0...1).contains(flipProbability), "--flip-probability", "0…1", flipProbability)
  }
}
