import ArgumentParser
import Runs

/// `multibox explain`.
public struct ExplainOptions: ParsableArguments {
  @Option(help: "Folder of a run; without one an untrained network is explained.")
  public var run: String?
  @Flag(help: "Take the initial weights of the run, as they were before any training.")
  public var untrained = false

  @Option(help: "Image: its name in --data, its path, or a file that --annotation goes with.")
  public var image: String
  @Option(help: "Pascal VOC XML file of what is in the image.")
  public var annotation: String?
  @Option(help: "Folder of labelled images; default: the run's own.")
  public var data: String?
  @OptionGroup public var dataOptions: DataOptions
  @Option(help: "Split that the image is in; default: all are searched.")
  public var split: String?

  @Option(help: "Network without --run.")
  public var model: NetworkPreset?
  @Option(help: "Side of its input in pixels (ssd-compact). Default: 320.")
  public var imageSize: Int?
  @Option(help: "Seed of its weights. Default: 1.")
  public var seed: UInt64?

  @OptionGroup public var lossOptions: LossOptions
  @Option(help: "Weight of the localization loss; default: the run's, else 1.")
  public var alpha: Double?

  @Option(help: "Write a page (HTML, all in one file) here.")
  public var output: String?
  @Flag(help: "Print everything as JSON.")
  public var json = false
  @Option(help: "Lowest score of the predictions that are shown, itself included.")
  public var threshold = 0.5
  @Option(help: "Threads; default: all cores.")
  public var threads: Int?

  public init() {}

  public func validate() throws {
    if run == nil, untrained { throw ValidationError("--untrained goes with --run") }
    if run != nil, model != nil || imageSize != nil || seed != nil {
      throw ValidationError("--model, --image-size and --seed go without --run")
    }
    if annotation != nil, data != nil || split != nil {
      throw ValidationError("--annotation goes without --data and --split")
    }
    if run == nil, annotation == nil, data == nil {
      throw ValidationError("Give --run, --data or --annotation")
    }
    let side = imageSize ?? 320
    try require(
      side >= 64 && side % 32 == 0 && side <= 2048, "--image-size",
      "a multiple of 32 from 64 to 2048", side)
    try require((alpha ?? 0).isFinite, "--alpha", "a finite number", alpha ?? 0)
    try require((0...1).contains(threshold), "--threshold", "0…1", threshold)
    // With a run its own loss decides what an option has an effect on.
    if run == nil { _ = try lossOptions.loss() }
    try require(threads ?? 1 > 0, "--threads", "above 0", threads ?? 0)
  }
}
