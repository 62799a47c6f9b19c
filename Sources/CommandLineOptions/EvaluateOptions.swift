import ArgumentParser
import Detectors

/// The measures of `multibox evaluate`.
public enum MetricOption: String, CaseIterable, ExpressibleByArgument, Sendable {
  case coco
  case voc07
  case voc10
}

/// `multibox evaluate`: a run or a model on images, or plain files.
public struct EvaluateOptions: ParsableArguments {
  @Option(help: "Folder of a run.")
  public var run: String?
  @Option(help: "Model file that OpenVINO runs, as detect takes it; needs --data.")
  public var model: String?
  @Option(
    help: ArgumentHelp(
      "What --model takes and gives: a known model's name or a JSON file; default: its metadata.",
      valueName: "name|file"))
  public var description: String?
  @Option(help: "Data to evaluate on; default: the run's own.")
  public var data: String?
  @OptionGroup public var dataOptions: DataOptions
  @Option(help: "Split to evaluate on.")
  public var split = "test"
  @Option(help: "Images at once, with LibTorch. Default: 8.")
  public var batchSize: Int?
  @Option(help: "Number format of convolutions.")
  public var precision: Precision = .float32
  @Option(help: "Threads; default: all cores.")
  public var threads: Int?

  @Option(help: "COCO file of what is in the images (difficult as a key of an annotation).")
  public var groundTruth: String?
  @Option(help: "COCO results file of what was found.")
  public var detections: String?

  @Option(help: "Measure: coco, voc07 (11 points) or voc10 (all points).")
  public var metric: MetricOption = .coco
  @Option(
    help: "IoU from which an object is found (voc07 and voc10; coco has its own ten). Default: 0.5."
  )
  public var iouThreshold: Double?
  @Flag(help: "Print JSON.")
  public var json = false

  public init() {}

  public func validate() throws {
    switch (run, model, groundTruth, detections) {
    case (.some, nil, nil, nil): break
    case (nil, .some, nil, nil):
      if data == nil { throw ValidationError("--model needs --data") }
    case (nil, nil, .some, .some):
      if data != nil { throw ValidationError("--data goes with --run or --model") }
    default:
      throw ValidationError(
        "Give either --run, or --model, or --ground-truth and --detections")
    }
    if description != nil, model == nil {
      throw ValidationError("--description goes with --model")
    }
    if metric == .coco, iouThreshold != nil {
      throw ValidationError("--iou-threshold goes with --metric voc07 or voc10")
    }
    let threshold = iouThreshold ?? 0.5
    try require(threshold > 0 && threshold <= 1, "--iou-threshold", "above 0, to 1", threshold)
    try require(batchSize ?? 1 > 0, "--batch-size", "above 0", batchSize ?? 0)
    try require(threads ?? 1 > 0, "--threads", "above 0", threads ?? 0)
  }
}
