import ArgumentParser

/// The measures of `multibox evaluate`.
public enum MetricOption: String, CaseIterable, ExpressibleByArgument, Sendable {
  case coco
  case voc07
  case voc10
}

/// `multibox evaluate`: a run on images, or plain files.
public struct EvaluateOptions: ParsableArguments {
  @Option(help: "Folder of a run.")
  public var run: String?
  @Option(help: "Data to evaluate the run on; default: the run's own.")
  public var data: String?
  @OptionGroup public var dataOptions: DataOptions
  @Option(help: "Split to evaluate the run on.")
  public var split = "test"
  @Option(help: "Images at once.")
  public var batchSize = 8
  @Option(help: "Number format of convolutions.")
  public var precision: PrecisionOption = .float32
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
    switch (run, groundTruth, detections) {
    case (.some, nil, nil): break
    case (nil, .some, .some):
      if data != nil { throw ValidationError("--data goes with --run") }
    default:
      throw ValidationError("Give either --run, or --ground-truth and --detections")
    }
    if metric == .coco, iouThreshold != nil {
      throw ValidationError("--iou-threshold goes with --metric voc07 or voc10")
    }
    let threshold = iouThreshold ?? 0.5
    try require(threshold > 0 && threshold <= 1, "--iou-threshold", "above 0, to 1", threshold)
    try require(batchSize > 0, "--batch-size", "above 0", batchSize)
    try require(threads ?? 1 > 0, "--threads", "above 0", threads ?? 0)
  }
}
