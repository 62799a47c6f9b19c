import ArgumentParser
import Detectors

/// Which detector a command runs: a run's, or a model file's.
public struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Folder of a run, whose detector is taken; this or --model. Default: none.",
      valueName: "folder"),
    completion: .directory)
  public var run: String?
  @Option(
    help: ArgumentHelp(
      "Model file that OpenVINO runs: the ONNX file of export or a training, a TFLite file with its"
        + " detection operator, or with --description another's (ONNX, TFLite); this or --run."
        + " Or a word: \(Self.words.joined(separator: ", ")), with the file that make weights"
        + " brings. Default: none.", valueName: "file|\(Self.words.joined(separator: "|"))"),
    completion: .names(Self.words, orFiles: CompletionKind.modelExtensions))
  public var model: String?
  @Option(
    help: ArgumentHelp(
      "Description of what --model takes and gives: a known model's name ("
        + Self.known.joined(separator: ", ")
        + ") or a JSON file, as describe writes it. Default: what the model itself says.",
      valueName: "name|file"),
    completion: .names(Self.known, orFiles: ["json"]))
  public var description: String?

  static var words: [String] { KnownModel.allCases.map(\.rawValue) }
  static var known: [String] { KnownDescription.allCases.map(\.rawValue) }

  public init() {}

  /// Options as if they were given.
  init(run: String? = nil, model: String? = nil, description: String? = nil) {
    self.run = run
    self.model = model
    self.description = description
  }

  public func validate() throws {
    if description != nil, model == nil {
      throw ValidationError("--description goes with --model")
    }
    if description != nil, let model, KnownModel(rawValue: model) != nil {
      throw ValidationError("--description has no effect with --model \(model), which has its own")
    }
  }
}
