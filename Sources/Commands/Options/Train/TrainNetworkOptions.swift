import ArgumentParser
import MultiBox
import Runs

/// What happens to detections that overlap a better one of their class.
public enum SuppressionOption: String, CaseIterable, ExpressibleByArgument, Sendable {
  case soft
  case hard

  var suppression: NonMaximumSuppression {
    switch self {
    case .soft: TrainingConfiguration.usualSuppression
    case .hard: NonMaximumSuppression()
    }
  }
}

/// What `multibox train` trains.
public struct TrainNetworkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Network to train. Default: that of the weights that --pretrained names, else"
        + " \(NetworkPreset.ssdCompact), but \(TrainingStart.fromImageNet) with --pretrained"
        + " \(Self.imageNet), and, if make weights has brought its weights, from them with fewer than"
        + " \(TrainingDefaults.fewImages) photographs.", valueName: "name"))
  public var model: NetworkPreset?
  @Option(
    help: ArgumentHelp(
      "Weights to start from: \(Self.imageNet), which make weights brings"
        + " (for \(Self.imageNetNetworks)), what import wrote, or a file that it reads. Default: with"
        + " --model those of --seed, else as --model says.",
      valueName: "\(Self.imageNet)|file"),
    completion: .names([Self.imageNet], orFiles: ["safetensors", "pth", "pt", "tflite"]))
  public var pretrained: String?
  @Option(
    help: ArgumentHelp(
      "Names of the classes that --pretrained was trained on, one a line: of the classes that both"
        + " have, the head's rows are taken. Default: the head is taken whole where it fits.",
      valueName: "file"),
    completion: .file())
  public var classesFrom: String?
  @Option(
    help: ArgumentHelp(
      "First stages of the backbone, from the image on, that keep the weights and the statistics of"
        + " norms that --pretrained gives them: a stage has all layers of one resolution, and every"
        + " network has \(NetworkPreset.ssdCompact.stageCount). Default: of ImageNet's with fewer than"
        + " \(TrainingDefaults.fewImages) images \(TrainingDefaults(imageCount: 1).frozenImageNetStages),"
        + " else none.", valueName: "count"))
  public var freeze: Int?
  @Option(
    help: ArgumentHelp(
      "Side of the input in pixels, a multiple of 32, of a network that has none of its own: larger"
        + " finds smaller objects, and takes longer. Default:"
        + " \(TrainingConfiguration.Network.defaultImageSide), from ImageNet with fewer than"
        + " \(TrainingDefaults.fewImages) images \(TrainingDefaults(imageCount: 1).imageSide(isFromImageNet: true));"
        + " or up to"
        + " \(TrainingObjects.largestImageSide) for many small objects in larger images; with a file"
        + " of weights \(TrainingConfiguration.Network.defaultImageSide).",
      valueName: "pixels"))
  public var imageSize: Int?
  @Option(
    help: ArgumentHelp(
      "Default boxes: a preset (\(DefaultBoxPreset.names)) or a JSON file of a specification, as"
        + " default-boxes --output writes it. Default: the network's; where more than"
        + " \(Int(TrainingObjects.mostUncovered * 100)) % of the objects overlap none of them by half,"
        + " those that default-boxes suggests, but not with a file of weights and not for a network"
        + " of torchvision's.", valueName: "preset|file"),
    completion: .defaultBoxes())
  public var defaultBoxes: String?
  @Option(
    help: ArgumentHelp(
      "Detections that overlap a better one of their class: soft lowers their scores, hard takes"
        + " away those above IoU \(NonMaximumSuppression().iouThreshold).", valueName: "name"))
  public var suppression: SuppressionOption = .soft

  /// The word for weights that come by the network's name.
  private static let imageNet = "imagenet"
  /// Those that have such weights.
  private static var imageNetNetworks: String {
    NetworkPreset.all.filter { $0.imageNetWeights != nil }.map(\.name).joined(separator: ", ")
  }

  public init() {}

  /// The network as far as the options tell it: photographs may get another.
  private var named: NetworkPreset {
    model ?? (pretrained == Self.imageNet ? TrainingStart.fromImageNet : .ssdCompact)
  }

  public func validate() throws {
    try requireImageSize(imageSize, for: named)
    if pretrained == Self.imageNet, named.imageNetWeights == nil {
      throw ValidationError(
        "--pretrained: expected a file with --model \(named.name), found \(Self.imageNet), which is"
          + " there for \(Self.imageNetNetworks)")
    }
    if classesFrom != nil, pretrained == nil {
      throw ValidationError("--classes-from goes with --pretrained")
    }
    if let freeze {
      let range = 0...named.stageCount
      try require(
        range.contains(freeze), "--freeze", "\(range.words), the stages of \(named.name)", freeze)
      if model != nil, pretrained == nil { try requireWeights(.random) }
    }
  }

  /// - Throws: a usage error where stages of random weights shall be frozen.
  func requireWeights(_ weights: TrainingStart.Weights) throws {
    if freeze != nil, weights == .random {
      throw ValidationError("--freeze goes with --pretrained: random weights would never learn")
    }
  }

  /// Returns the network and the weights that the options name; nil where they leave both to the
  /// data.
  ///
  /// - Throws: `FileError` where the weights of the network's name are not there, with how to get
  ///   them.
  public func start() throws -> TrainingStart? {
    if model == nil, pretrained == nil { return nil }
    if pretrained == Self.imageNet,
      let path = try named.imageNetWeightsPath(option: "--pretrained")
    {
      return TrainingStart(named, weights: .imageNet(path: path))
    }
    return TrainingStart(named, weights: pretrained.map { .file(path: $0) } ?? .random)
  }
}
