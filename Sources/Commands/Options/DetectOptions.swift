import ArgumentParser
import Detectors

/// `multibox detect`.
public struct DetectOptions: ParsableArguments {
  @OptionGroup(title: "Detector") public var detector: ModelOptions
  @Argument(
    help: "Images (JPEG, PNG or BMP), folders of them, or patterns such as 'photos/*.jpg'.",
    completion: .images)
  public var images: [String]

  @OptionGroup(title: "Result") public var result: Result
  @OptionGroup(title: "Machine") public var machine: Machine

  public init() {}

  public func validate() throws {
    if (detector.run == nil) == (detector.model == nil) {
      throw ValidationError("Give either --run or --model")
    }
  }

  /// What is shown, and where.
  public struct Result: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "Folder for pictures with boxes, labels and scores. Default: no pictures.",
        valueName: "folder"),
      completion: .directory)
    public var output: String?
    @Option(
      help: ArgumentHelp(
        "Lowest score that is shown, itself included. Default: \(Self.usualThreshold), or the"
          + " description's where that is higher.", valueName: "score"))
    public var threshold: Double?
    @Flag(help: "Print one JSON object a line for each image. Default: words.")
    public var json = false

    static let usualThreshold = 0.5

    public init() {}

    public func validate() throws {
      try require((0...1).contains(threshold ?? 0), "--threshold", "0…1", threshold ?? 0)
    }
  }

  /// What is computed with.
  public struct Machine: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "Number format of convolutions: bfloat16 is less exact, and faster where the processor has"
          + " it.", valueName: "name"))
    public var precision: Precision = .float32
    @Option(
      help: ArgumentHelp(
        "Threads to compute with. Default: all cores.", valueName: "count"))
    public var threads: Int?
    @Flag(
      inversion: .prefixedNo,
      help: ArgumentHelp(
        "With OpenVINO: several images at once, which gives more images a second, each of them"
          + " later. Default: from \(Self.manyImages) images on."))
    public var throughput: Bool?

    static let manyImages = 8

    public init() {}

    public func validate() throws { try requireThreads(threads) }
  }
}
