import ArgumentParser

/// What `multibox train` learns from.
public struct TrainDataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      DataOptions.dataHelp + " Needed; --resume takes the run's own.", valueName: "data"),
    completion: .labeledData)
  public var data: [String] = []
  @Option(
    help: ArgumentHelp("Split to train on. Default: trainval, else train.", valueName: "split"))
  public var trainSplit: String?
  @Option(
    help: ArgumentHelp(
      "Split that chooses the best weights. Default: val or valid; none where the run trains on"
        + " trainval.", valueName: "split"))
  public var validationSplit: String?
  @Option(
    help: ArgumentHelp(
      "Split that is measured, but never chosen by. Default: test, if there is one.",
      valueName: "split"))
  public var testSplit: String?
  @OptionGroup public var reading: DataOptions

  public init() {}
}
