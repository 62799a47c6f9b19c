import ArgumentParser

/// `multibox train`, in the groups that its help shows: what is needed daily comes first.
public struct TrainOptions: ParsableArguments {
  @OptionGroup(title: "Data") public var data: TrainDataOptions
  @OptionGroup(title: "Run") public var run: TrainRunOptions
  @OptionGroup(title: "Network") public var network: TrainNetworkOptions
  @OptionGroup(title: "Training length and rate") public var optimization: OptimizationOptions
  @OptionGroup(title: "Augmentation") public var augmentation: AugmentationOptions
  @OptionGroup(title: "Machine") public var machine: TrainMachineOptions
  @OptionGroup public var loss: LossOptions

  public init() {}

  public func validate() throws {
    if data.data.isEmpty, !run.resume {
      throw ValidationError("Missing expected argument '--data <data>'")
    }
    if run.resume {
      // Parsed values do not tell what was given from what is a default; the arguments do.
      let given = CommandLine.arguments.filter { $0.hasPrefix("--") }.map {
        $0.split(separator: "=")[0]
      }
      let taken: Set<Substring> = [
        "--resume", "--output", "--epochs", "--accept-changed-data", "--processes",
        "--collective-timeout", "--collectives",
      ]
      if let other = given.first(where: { !taken.contains($0) }) {
        throw ValidationError(
          "\(other): --resume goes with --output, --epochs, --accept-changed-data, --processes,"
            + " --collective-timeout and --collectives alone; a run"
            + " keeps its own configuration")
      }
    }
    if run.validateEvery == 0 {
      try refuse([("--patience", optimization.patience != nil)], with: "--validate-every 0")
    }
    let alpha = loss.localization.alpha ?? 1
    try require(alpha >= 0 && alpha.isFinite, "--alpha", "0 or more, and finite", alpha)
    _ = try loss.loss()
  }
}
