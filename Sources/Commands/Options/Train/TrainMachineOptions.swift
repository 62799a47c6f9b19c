import ArgumentParser
import Detectors
import Runs

extension BatchStatistics: ExpressibleByArgument {}
extension CollectiveLibrary: ExpressibleByArgument {}

/// What `multibox train` computes with.
public struct TrainMachineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Device of the network: cpu, or cuda or cuda:1 with a LibTorch that has CUDA. Default: cuda"
        + " where there is one and no other process, else cpu.", valueName: "name"))
  public var device: String?
  @Option(
    help: ArgumentHelp(
      "Number format of convolutions: bfloat16 is less exact, and faster where the device has"
        + " it; float16, of CUDA devices, scales the loss. Default: the faster one of the first"
        + " two.", valueName: "name"))
  public var precision: Precision?
  @Option(
    help: ArgumentHelp(
      "Threads of the network; the last bits of the weights depend on it. Default: all cores"
        + " that it may use; of several processes of a machine each its share.", valueName: "count")
  )
  public var threads: Int?
  @Option(
    help: ArgumentHelp(
      "Threads that read and augment; they change the speed alone. Default: 1 on the processor,"
        + " with cuda as many as --threads has by default.", valueName: "count"))
  public var loaderThreads: Int?
  @Option(
    help: ArgumentHelp(
      "The most memory of the batches that are read ahead, as 512MB or 1GiB; it changes speed and"
        + " memory alone. Default: 4 batches, and one for each further thread of"
        + " --loader-threads.", valueName: "size"))
  public var prefetchMemory: String?
  @Option(
    help: ArgumentHelp(
      "Processes of this machine that share each batch: the training is that of one. torchrun,"
        + " PyTorchJob and srun start processes of several machines; what they say in the"
        + " environment is heard. Default: 1.", valueName: "count"))
  public var processes: Int?
  @Option(
    help: ArgumentHelp(
      "With several processes, the images whose statistics batch norms take: sync, those of all;"
        + " local, each process its own, which is another training. Default: sync.",
      valueName: "name"))
  public var batchNorm: BatchStatistics?
  @Option(
    help: ArgumentHelp(
      "With several processes, the time after which the others end when one of them is not heard"
        + " of, as 90s or 10m. Default: \(Self.usualCollectiveTimeout).", valueName: "time"))
  public var collectiveTimeout: String?
  @Option(
    help: ArgumentHelp(
      "With several processes on GPUs, what carries gradients and weights: nccl, from GPU to GPU;"
        + " gloo, through the hosts' memory. Default: nccl where it is built in and each process"
        + " has a GPU of its own, else gloo.", valueName: "name"))
  public var collectives: CollectiveLibrary?

  private static let usualCollectiveTimeout = "60s"

  /// Seconds after which a process that is not heard of is given up.
  public var collectiveSeconds: Double {
    TimeBudget(collectiveTimeout ?? Self.usualCollectiveTimeout)?.seconds ?? 60
  }

  public init() {}

  /// The bytes of `--prefetch-memory`.
  var prefetchByteCount: Int? { prefetchMemory.flatMap { ByteCount($0)?.count } }

  public func validate() throws {
    try requireThreads(threads)
    if let device { try requirePrecision(precision, on: device) }
    try requireThreads(loaderThreads, "--loader-threads")
    if let prefetchMemory {
      try require(
        prefetchByteCount != nil, "--prefetch-memory", ByteCount.forms, prefetchMemory)
    }
    try require(processes, "--processes", in: ProcessPlacement.sizes)
    if let collectiveTimeout {
      try require(
        TimeBudget(collectiveTimeout) != nil, "--collective-timeout", TimeBudget.forms,
        collectiveTimeout)
    }
  }
}
