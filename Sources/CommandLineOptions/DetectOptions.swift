import ArgumentParser
import Detectors

/// `multibox detect`.
public struct DetectOptions: ParsableArguments {
  @Option(help: "Folder of a run.")
  public var run: String?
  @Option(
    help:
      "Model file that OpenVINO runs: the ONNX file of export or a training, or with --description another's (ONNX, TFLite)."
  )
  public var model: String?
  @Option(
    help: ArgumentHelp(
      "What --model takes and gives: a known model's name ("
        + KnownDescription.allCases.map(\.rawValue).joined(separator: ", ")
        + ") or a JSON file; default: the model's own metadata.", valueName: "name|file"))
  public var description: String?
  @Argument(help: "Images (JPEG, PNG or BMP), folders of them, or patterns such as 'photos/*.jpg'.")
  public var images: [String]
  @Option(help: "Folder for pictures with boxes, labels and scores.")
  public var output: String?
  @Option(
    help:
      "Lowest score that is shown, itself included; default: 0.5, or the description's if that is higher."
  )
  public var threshold: Double?
  @Flag(help: "Print one JSON object a line for each image.")
  public var json = false
  @Option(help: "Number format of convolutions.")
  public var precision: Precision = .float32
  @Option(help: "Threads; default: all cores.")
  public var threads: Int?
  @Flag(
    inversion: .prefixedNo,
    help:
      "Several images at once, with OpenVINO: more images a second, each of them later. Default: from 8 images on."
  )
  public var throughput: Bool?

  public init() {}

  public func validate() throws {
    if (run == nil) == (model == nil) { throw ValidationError("Give either --run or --model") }
    if description != nil, model == nil {
      throw ValidationError("--description goes with --model")
    }
    try require((0...1).contains(threshold ?? 0), "--threshold", "0…1", threshold ?? 0)
    try require(threads ?? 1 > 0, "--threads", "above 0", threads ?? 0)
  }
}
