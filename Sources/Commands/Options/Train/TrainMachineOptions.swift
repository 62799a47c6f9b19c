import ArgumentParser
import Detectors
import Runs

/// What `multibox train` computes with.
public struct TrainMachineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Device of the network: cpu, or cuda or cuda:1 with a LibTorch that has CUDA.",
      valueName: "name"))
  public var device = TrainingConfiguration.Execution.usualDevice
  @Option(
    help: ArgumentHelp(
      "Number format of convolutions: bfloat16 is less exact, and faster where the device has"
        + " it. Default: the faster one.", valueName: "name"))
  public var precision: Precision?
  @Option(
    help: ArgumentHelp(
      "Threads of the network; the last bits of the weights depend on it. Default: all cores.",
      valueName: "count"))
  public var threads: Int?
  @Option(
    help: ArgumentHelp(
      "Threads that read and augment; they change the speed alone. Default: 1 with --device cpu,"
        + " else all cores.", valueName: "count"))
  public var loaderThreads: Int?
  @Option(
    help: ArgumentHelp(
      "The most memory of the batches that are read ahead, as 512MB or 1GiB; it changes speed and"
        + " memory alone. Default: 4 batches, and one for each further thread of"
        + " --loader-threads.", valueName: "size"))
  public var prefetchMemory: String?

  public init() {}

  /// The bytes of `--prefetch-memory`.
  var prefetchByteCount: Int? { prefetchMemory.flatMap { ByteCount($0)?.count } }

  public func validate() throws {
    try requireThreads(threads)
    try requireThreads(loaderThreads, "--loader-threads")
    if let prefetchMemory {
      try require(
        prefetchByteCount != nil, "--prefetch-memory", ByteCount.forms, prefetchMemory)
    }
  }
}
