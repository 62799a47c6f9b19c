import ArgumentParser
import Datasets
import Detectors
import ImageFiles

/// `multibox detect`.
public struct DetectOptions: ParsableArguments {
  @OptionGroup(title: "Detector") public var detector: ModelOptions
  @Argument(
    help: "Images, folders of them and of such folders, or patterns such as 'photos/*.jpg'.",
    completion: .images)
  public var images: [String]

  @OptionGroup(title: "Large images") public var tiles: TileOptions
  @OptionGroup(title: "Result") public var result: Result
  @OptionGroup(title: "Files") public var files: Files
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
        "Folder for pictures with boxes, labels and scores. Default: none.",
        valueName: "folder"),
      completion: .directory)
    public var output: String?
    @Option(
      help: ArgumentHelp(
        "Lowest score that is shown, itself included. Default: of each class the best threshold of"
          + " the validation split, where the detector carries it; else \(BestThresholds.usual), or"
          + " the description's where that is higher.", valueName: "score"))
    public var threshold: Double?
    @Flag(help: "Print one JSON object a line for each image. Default: words.")
    public var json = false

    @Option(
      help: ArgumentHelp(
        "Only these classes, with commas between them, those of names behind a backslash."
          + " Default: all.", valueName: "names"))
    public var classes: String?
    @Option(
      help: ArgumentHelp(
        "At most so many objects of an image, the best. Default: all that the detector gives.",
        valueName: "count"))
    public var maximum: Int?

    public init() {}

    public func validate() throws {
      try require((0...1).contains(threshold ?? 0), "--threshold", "0…1", threshold ?? 0)
      try require(maximum ?? 1 > 0, "--maximum", "above 0", maximum ?? 0)
    }
  }

  /// Files for other programs.
  public struct Files: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "Write COCO's results (JSON) here. Default: none.", valueName: "file"),
      completion: .file(extensions: ["json"]))
    public var coco: String?
    @Option(
      help: ArgumentHelp(
        "COCO instances file whose ids of images and categories --coco takes. Default: the number"
          + " that an image is called, else one above those, or its place; the class's number.",
        valueName: "file"),
      completion: .file(extensions: ["json"]))
    public var cocoIds: String?
    @Option(
      help: ArgumentHelp(
        "Write a table (comma-separated values) here. Default: none.", valueName: "file"),
      completion: .file(extensions: ["csv"]))
    public var csv: String?
    @Option(
      help: ArgumentHelp(
        "New folder for the cut-out objects. Default: none.", valueName: "folder"),
      completion: .directory)
    public var crops: String?
    @Option(
      help: ArgumentHelp(
        "Write the images with what was found as labels in this layout, for a label tool to start"
          + " from. Default: none.", valueName: "name"))
    public var saveLabels: WrittenFormat?
    @Option(
      help: ArgumentHelp(
        "New folder for --save-labels. Default: \(Self.usualLabels).", valueName: "folder"),
      completion: .directory)
    public var labels: String?

    static let usualLabels = "labels"

    public init() {}

    public func validate() throws {
      if labels != nil, saveLabels == nil { throw ValidationError("--labels needs --save-labels") }
      if cocoIds != nil, coco == nil { throw ValidationError("--coco-ids needs --coco") }
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
        "Number format of convolutions: bfloat16 is less exact, and faster where the processor has"
          + " it; float16 is of CUDA devices.", valueName: "name"))
    public var precision: Precision = .float32
    @Option(
      help: ArgumentHelp(
        "Threads to compute with. Default: all cores that it may use.", valueName: "count"))
    public var threads: Int?
    @Flag(
      inversion: .prefixedNo,
      help: ArgumentHelp(
        "With OpenVINO: several images at once, which gives more images a second, each of them"
          + " later. Default: from \(Self.manyImages) images on."))
    public var throughput: Bool?
    @Option(
      help: ArgumentHelp(
        "Leave out images of more pixels.", valueName: "count"))
    public var maxPixels = ImageFile.usualMaximumPixels

    static let manyImages = 8

    public init() {}

    public func validate() throws {
      try requireThreads(threads)
      try requirePrecision(precision, on: device)
      try require(maxPixels, "--max-pixels", in: ImageFile.allowedMaximumPixels)
    }
  }
}
