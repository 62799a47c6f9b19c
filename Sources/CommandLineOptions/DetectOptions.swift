import ArgumentParser

/// `multibox detect`.
public struct DetectOptions: ParsableArguments {
  @Option(help: "Folder of a run.")
  public var run: String?
  @Option(help: "ONNX file that export or a training wrote; runs without LibTorch.")
  public var model: String?
  @Argument(help: "Images (JPEG, PNG or BMP), folders of them, or patterns such as 'photos/*.jpg'.")
  public var images: [String]
  @Option(help: "Folder for pictures with boxes, labels and scores.")
  public var output: String?
  @Option(help: "Lowest score that is shown.")
  public var threshold = 0.5
  @Flag(help: "Print one JSON object a line for each image.")
  public var json = false
  @Option(help: "Number format of convolutions.")
  public var precision: PrecisionOption = .float32
  @Option(help: "Threads; default: all cores.")
  public var threads: Int?

  public init() {}

  public func validate() throws {
    if (run == nil) == (model == nil) { throw ValidationError("Give either --run or --model") }
    try require((0...1).contains(threshold), "--threshold", "0…1", threshold)
    try require(threads ?? 1 > 0, "--threads", "above 0", threads ?? 0)
  }
}
