import ArgumentParser
import Detectors
import Runs

/// The measures of `multibox evaluate`.
public enum MetricOption: String, CaseIterable, ExpressibleByArgument, Sendable {
  case coco
  case voc07
  case voc10
}

/// `multibox evaluate`: a run or a model on images, or plain files.
public struct EvaluateOptions: ParsableArguments {
  @OptionGroup(title: "Detector") public var detector: ModelOptions
  @OptionGroup(title: "Data") public var data: Data
  @OptionGroup(title: "Large images") public var tiles: TileOptions
  @OptionGroup(title: "Measure") public var measure: Measure
  @OptionGroup(title: "Machine") public var machine: Machine
  @OptionGroup(title: "Files instead of a detector") public var files: Files

  public init() {}

  public func validate() throws {
    switch (detector.run, detector.model, files.groundTruth, files.detections) {
    case (.some, nil, nil, nil): break
    case (nil, .some, nil, nil):
      if data.data.isEmpty { throw ValidationError("--model needs --data") }
    case (nil, nil, .some, .some):
      if !data.data.isEmpty { throw ValidationError("--data goes with --run or --model") }
      let choice = "--ground-truth and --detections"
      try data.reading.refuseAll(with: choice)
      try refuse(
        [
          ("--split", data.split != nil), ("--batch-size", machine.batchSize != nil),
          ("--precision", machine.precision != nil), ("--device", machine.device != nil),
          ("--threshold", measure.threshold != nil), ("--tiles", tiles.tiles != nil),
        ], with: choice)
    default:
      throw ValidationError(
        "Give either --run, or --model, or --ground-truth and --detections")
    }
  }

  /// What is measured on.
  public struct Data: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        DataOptions.dataHelp + " Default: the run's own; --model needs it.", valueName: "data"),
      completion: .labeledData)
    public var data: [String] = []
    @Option(
      help: ArgumentHelp(
        "Split to evaluate on. Default: the test split, of a run and its data the one that it chose.",
        valueName: "split"))
    public var split: String?
    @OptionGroup public var reading: DataOptions

    public init() {}
  }

  /// What is measured, and how it is shown.
  public struct Measure: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "Measure: coco, voc07 (11 points) or voc10 (all points).", valueName: "name"))
    public var metric: MetricOption = .coco
    @Option(
      help: ArgumentHelp(
        "voc07, voc10: IoU from which an object is found; coco has --iou-thresholds."
          + " Default: \(Self.usualThreshold).", valueName: "IoU"))
    public var iouThreshold: Double?
    @Option(
      help: ArgumentHelp(
        "coco: IoUs from which an object is found, with commas between them; AP is the mean over"
          + " them. Default: 0.5, 0.55 … 0.95.", valueName: "list"))
    public var iouThresholds: String?
    @Option(
      help: ArgumentHelp(
        "coco: areas of objects that are measured by themselves, in pixels², both ends among them,"
          + " as tiny:0-256,small:256-1024,rest:1024-. Default: COCO's small, medium, large.",
        valueName: "list"))
    public var areaRanges: String?
    @Option(
      help: ArgumentHelp(
        "coco: so many detections of a class count in an image, the best ones; rising, with commas"
          + " between them: AR is taken at each, AP at the last. Default: 1,10,100.",
        valueName: "list"))
    public var maxDetections: String?
    @Option(
      help: ArgumentHelp(
        "Lowest score of a detection that is measured, itself included. Default:"
          + " \(Self.usualScore), whatever the detector shows: the measures look at all scores.",
        valueName: "score"))
    public var threshold: Double?
    @Flag(help: "Print JSON. Default: a table.")
    public var json = false

    static let usualThreshold = 0.5
    /// A recall that only low scores reach counts too. The threshold that a run's own description
    /// has, so that a model file and a run are measured alike.
    public static let usualScore = 0.01

    public init() {}

    public func validate() throws {
      if metric == .coco, iouThreshold != nil {
        throw ValidationError("--iou-threshold goes with --metric voc07 or voc10")
      }
      if metric == .coco {
        _ = try coco(classCount: 1, threadCount: 1)
      } else if let option = cocoOptions.first(where: \.isGiven) {
        throw ValidationError("\(option.name) goes with --metric coco")
      }
      let threshold = iouThreshold ?? Self.usualThreshold
      try require(threshold > 0 && threshold <= 1, "--iou-threshold", "above 0, to 1", threshold)
      try require((0...1).contains(self.threshold ?? 0), "--threshold", "0…1", self.threshold ?? 0)
    }
  }

  /// What is computed with.
  public struct Machine: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "With LibTorch: device of the network: cpu, or cuda or cuda:1 where it has CUDA."
          + " Default: cpu.", valueName: "name"))
    public var device: String?
    @Option(
      help: ArgumentHelp(
        "With LibTorch: images that are computed at once; more of them take more memory."
          + " Default: \(DetectorRequest.usualBatchSize).", valueName: "count"))
    public var batchSize: Int?
    @Option(
      help: ArgumentHelp(
        "Number format of convolutions: bfloat16 is less exact, and faster where the processor has"
          + " it; float16 is of CUDA devices. Default: \(Precision.float32.rawValue).",
        valueName: "name"))
    public var precision: Precision?
    @Option(
      help: ArgumentHelp(
        "Threads to compute with. Default: all cores that it may use.", valueName: "count"))
    public var threads: Int?

    public init() {}

    public func validate() throws {
      try require(batchSize, "--batch-size", in: TrainingConfiguration.Limits.batchSize)
      try requireThreads(threads)
      try requirePrecision(precision, on: device)
    }
  }

  /// Files that say what is in images, and what was found there.
  public struct Files: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "COCO file of what is in the images (difficult as a key of an annotation). Default: none.",
        valueName: "file"),
      completion: .file(extensions: ["json"]))
    public var groundTruth: String?
    @Option(
      help: ArgumentHelp(
        "Detections in those images: a COCO results file, or the lines of detect --json, whose images are"
          + " known by their file names. Default: none.", valueName: "file"),
      completion: .file(extensions: ["json", "jsonl"]))
    public var detections: String?

    public init() {}
  }
}
