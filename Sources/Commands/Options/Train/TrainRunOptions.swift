import ArgumentParser
import Runs

/// What `multibox train` leaves behind.
public struct TrainRunOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Folder of the run: configuration.json, weights.safetensors, checkpoint.safetensors,"
        + " detector.onnx, data.json, metrics.jsonl, report.html and its folder report.",
      valueName: "folder"),
    completion: .directory)
  public var output = "run"
  @Flag(
    help: ArgumentHelp(
      "Go on with the run in --output. It keeps its own configuration: only --epochs,"
        + " --accept-changed-data, --processes, --collective-timeout and --collectives may be given"
        + " beside."
        + " Default: off, a new run begins."))
  public var resume = false
  @Flag(
    help: ArgumentHelp(
      "With --resume: go on though images, sizes or labels are others than when the run began; its"
        + " result is that of no undisturbed run then. Default: off, that is an error."))
  public var acceptChangedData = false
  @Option(
    help: ArgumentHelp(
      "Epochs from one measurement on the validation and test splits to the next; 0: only at the"
        + " end.", valueName: "count"))
  public var validateEvery = TrainingConfiguration.Execution().validationInterval
  @Flag(
    help: ArgumentHelp(
      "Also write TensorBoard's event files, into tensorboard/ of the run. Default: off."))
  public var tensorboard = false
  @Option(
    help: ArgumentHelp(
      "Seed of weights, order and augmentation: on one machine the same gives the same run.",
      valueName: "seed"))
  public var seed = TrainingConfiguration.Optimization().seed

  public init() {}

  public func validate() throws {
    if acceptChangedData, !resume {
      throw ValidationError("--accept-changed-data has no effect without --resume")
    }
    try require(
      validateEvery, "--validate-every", in: TrainingConfiguration.Limits.validationInterval)
  }
}
