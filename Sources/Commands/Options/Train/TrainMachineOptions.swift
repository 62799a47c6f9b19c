import ArgumentParser
import Detectors
import Runs

/// What `multibox train` computes with.
public struct TrainMachineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Number format of convolutions: bfloat16 is less exact, and faster where the processor has"
        + " it. Default: the faster one.", valueName: "name"))
  public var precision: Precision?
  @Option(
    help: ArgumentHelp(
      "Threads of the network; the last bits of the weights depend on it. Default: all cores.",
      valueName: "count"))
  public var threads: Int?
  @Option(
    help: ArgumentHelp(
      "Threads that read and augment; they change the speed alone.", valueName: "count"))
  public var loaderThreads = TrainingConfiguration.Execution().loaderThreadCount

  public init() {}

  public func validate() throws {
    try requireThreads(threads)
    try require(loaderThreads > 0, "--loader-threads", "above 0", loaderThreads)
  }
}
