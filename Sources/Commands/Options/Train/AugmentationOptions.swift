import ArgumentParser
import Runs
import TrainingInput

/// What a training does, unless an option says otherwise.
private let usual = AugmentationPolicy.ssd

/// Sets of augmentation parameters.
public enum AugmentationOption: String, CaseIterable, ExpressibleByArgument, Sendable {
  /// The original SSD's.
  case ssd
  /// Milder.
  case light
  case none

  public var policy: AugmentationPolicy {
    switch self {
    case .ssd: .ssd
    case .light: .light
    case .none: .none
    }
  }
}

extension ImageSampling: ExpressibleByArgument {}

/// How `multibox train` changes images before each epoch sees them.
public struct AugmentationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Changes of colour, place and size: ssd, the original's; light, with milder crops, for few or"
        + " small objects, both with left and right changing places half the time; none, without"
        + " that either. Default: light with fewer than \(TrainingDefaults.fewImages) images, else"
        + " ssd.", valueName: "name"))
  public var augmentation: AugmentationOption?
  @Option(
    help: ArgumentHelp(
      "Show of a larger image a tile of so many pixels, around one of its objects three times in"
        + " four, for objects that are small in large images. A tile is scaled to --image-size;"
        + " measuring, detect and evaluate look at tiles, too. Default: whole images.",
      valueName: "pixels"))
  public var tiles: Int?
  @Option(
    help: ArgumentHelp(
      "Probability of top and bottom changing places, for images without up and down.",
      valueName: "probability"))
  public var flipProbability = 0.0
  @Option(
    help: ArgumentHelp(
      "Probability that four images share an input, around a centre that is drawn; boxes are cut,"
        + " and left out below a quarter.", valueName: "probability"))
  public var mosaic = usual.mosaic.probability
  @Option(
    help: ArgumentHelp(
      "Probability that two inputs are blended into one with the boxes of both.",
      valueName: "probability"))
  public var mixup = usual.mixup.probability
  @Option(
    help: ArgumentHelp(
      "Probability that up to \(usual.copyPaste.maximumCount) objects of other images are pasted in,"
        + " cut out by their boxes, of all classes alike.", valueName: "probability"))
  public var copyPaste = usual.copyPaste.probability
  @Option(
    help: ArgumentHelp(
      "Share of the run at whose end no input is made of several images. Default:"
        + " \(usual.plainShare), with --mosaic, --mixup or --copy-paste.", valueName: "share"))
  public var plainEpochs: Double?
  @Option(
    help: ArgumentHelp(
      "How often an epoch shows each image: uniform, once; balanced, those of rare classes more"
        + " often than the others.", valueName: "name"))
  public var sampling: ImageSampling = .uniform

  public init() {}

  public func validate() throws {
    try require(tiles, "--tiles", in: TrainingConfiguration.Limits.tileSides)
    for (option, value) in [
      ("--flip-probability", flipProbability), ("--mosaic", mosaic), ("--mixup", mixup),
      ("--copy-paste", copyPaste),
    ] {
      try require((0...1).contains(value), option, "0…1", value)
    }
    if let plainEpochs {
      try require((0..<1).contains(plainEpochs), "--plain-epochs", "from 0 to below 1", plainEpochs)
      if mosaic == 0, mixup == 0, copyPaste == 0 {
        throw ValidationError(
          "--plain-epochs has no effect without --mosaic, --mixup or --copy-paste")
      }
    }
  }

  /// Returns the changes that the options say.
  ///
  /// - Parameter defaults: for the images that are trained on.
  func policy(_ defaults: TrainingDefaults) -> AugmentationPolicy {
    var policy = augmentation?.policy ?? defaults.augmentation
    policy.tiles.side = tiles
    policy.flipProbability = flipProbability
    policy.mosaic.probability = mosaic
    policy.mixup.probability = mixup
    policy.copyPaste.probability = copyPaste
    if let plainEpochs { policy.plainShare = plainEpochs }
    return policy
  }
}
