import ArgumentParser
import Runs

/// `multibox explain`.
public struct ExplainOptions: ParsableArguments {
  @OptionGroup(title: "Image") public var source: Image
  @OptionGroup(title: "Network") public var network: Network
  @OptionGroup(title: "Result") public var result: Result
  @OptionGroup public var lossOptions: LossOptions

  public init() {}

  public func validate() throws {
    if network.run == nil, source.annotation == nil, source.data.isEmpty {
      throw ValidationError("Give --run, --data or --annotation")
    }
    // With a run its own loss decides what an option has an effect on.
    if network.run == nil { _ = try lossOptions.loss() }
  }

  /// What is explained.
  public struct Image: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "Image: its name in --data, its path, or a file that --annotation goes with.",
        valueName: "image"),
      completion: .images)
    public var image: String
    @Option(
      help: ArgumentHelp(
        "Pascal VOC XML file of what is in the image. Default: --data says it.",
        valueName: "file"),
      completion: .file(extensions: ["xml"]))
    public var annotation: String?
    @Option(
      help: ArgumentHelp(DataOptions.dataHelp + " Default: the run's own.", valueName: "data"),
      completion: .labeledData)
    public var data: [String] = []
    @Option(
      help: ArgumentHelp(
        "Split that the image is in. Default: all are searched.", valueName: "split"))
    public var split: String?
    @OptionGroup public var dataOptions: DataOptions

    public init() {}

    public func validate() throws {
      guard annotation != nil else { return }
      if !data.isEmpty || split != nil {
        throw ValidationError("--annotation goes without --data and --split")
      }
      try dataOptions.refuseAll(with: "--annotation", readsImages: true)
    }
  }

  /// What explains it.
  public struct Network: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "Folder of a run, whose network, loss and data are taken. Default: an untrained network.",
        valueName: "folder"),
      completion: .directory)
    public var run: String?
    @Flag(
      help: ArgumentHelp(
        "Take the initial weights of the run, as they were before any training."
          + " Default: the trained ones."))
    public var untrained = false
    @Option(
      help: ArgumentHelp(
        "Untrained network, where there is no --run. Default: \(NetworkPreset.ssdCompact.name).",
        valueName: "name"))
    public var model: NetworkPreset?
    @Option(
      help: ArgumentHelp(
        "Side of the untrained network's input in pixels, of one that has none of its own."
          + " Default: \(TrainingConfiguration.Network.defaultImageSide).", valueName: "pixels"))
    public var imageSize: Int?
    @Option(
      help: ArgumentHelp(
        "Seed of the untrained weights, without --run."
          + " Default: \(TrainingConfiguration.Optimization().seed).", valueName: "seed"))
    public var seed: UInt64?
    @Option(
      help: ArgumentHelp(
        "Threads to compute with. Default: all cores that it may use.", valueName: "count"))
    public var threads: Int?

    public init() {}

    public func validate() throws {
      if run == nil, untrained { throw ValidationError("--untrained goes with --run") }
      if run != nil, model != nil || imageSize != nil || seed != nil {
        throw ValidationError("--model, --image-size and --seed go without --run")
      }
      try requireImageSize(imageSize, for: model ?? .ssdCompact)
      try requireThreads(threads)
    }
  }

  /// What is shown, and where.
  public struct Result: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "Write a page (HTML, all in one file) here. Default: none.", valueName: "file"),
      completion: .file(extensions: ["html"]))
    public var output: String?
    @Flag(help: "Print everything as JSON. Default: words.")
    public var json = false
    @Option(
      help: ArgumentHelp(
        "Lowest score of the predictions that are shown, itself included.", valueName: "score"))
    public var threshold = 0.5

    public init() {}

    public func validate() throws {
      try require((0...1).contains(threshold), "--threshold", "0…1", threshold)
    }
  }
}
