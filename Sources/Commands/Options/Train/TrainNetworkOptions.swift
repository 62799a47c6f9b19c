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
  @Option(help: ArgumentHelp("Network to train.", valueName: "name"))
  public var model: NetworkPreset = .ssdCompact
  @Option(
    help: ArgumentHelp(
      "Weights to start from: what import wrote, or a file that it reads. Default: those of --seed.",
      valueName: "file"),
    completion: .file(extensions: ["safetensors", "pth", "pt"]))
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
      "Side of ssd-compact's input in pixels, a multiple of 32: larger finds smaller objects, and"
        + " takes longer. Default: \(TrainingConfiguration.Network.defaultImageSide).",
      valueName: "pixels"))
  public var imageSize: Int?
  @Option(
    help: ArgumentHelp(
      "Default boxes: a preset (\(DefaultBoxPreset.names)) or a JSON file of a specification, as"
        + " default-boxes --output writes it. Default: the network's.", valueName: "preset|file"),
    completion: .defaultBoxes())
  public var defaultBoxes: String?
  @Option(
    help: ArgumentHelp(
      "Detections that overlap a better one of their class: soft lowers their scores, hard takes"
        + " away those above IoU \(NonMaximumSuppression().iouThreshold).", valueName: "name"))
  public var suppression: SuppressionOption = .soft

  public init() {}

  public func validate() throws {
    try requireImageSize(imageSize, for: model)
    if classesFrom != nil, pretrained == nil {
      throw ValidationError("--classes-from goes with --pretrained")
    }
  }
}
