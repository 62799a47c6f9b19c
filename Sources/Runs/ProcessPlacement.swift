import MultiBox

/// The place of this process among those that train one network together.
///
/// Whatever starts the processes says it in the environment: torchrun and PyTorchJob with `RANK`,
/// `WORLD_SIZE`, `LOCAL_RANK`, `MASTER_ADDR` and `MASTER_PORT`; SLURM's `srun` with `SLURM_PROCID`
/// and others, where a step has several tasks; `--processes` with ``storeVariable``.
public struct ProcessPlacement: Hashable, Sendable {
  /// The place where the processes find each other.
  public enum Store: Hashable, Sendable {
    /// A server that one of them opens, or that whoever started them has opened.
    case tcp(host: String, port: Int, isServer: Bool)
    /// A file that all of them see.
    case file(path: String)
  }

  /// The number of this process, from 0; the first one writes.
  public let rank: Int
  /// The number of processes, 2 or more.
  public let size: Int
  /// The number of this process among those of its machine, from 0: its device.
  public let localRank: Int
  /// Threads that compute, where whoever started the processes has shared the cores out.
  public let threadCount: Int?
  /// The place where the processes find each other.
  public let store: Store
  /// Times that the processes were started anew after one of them had failed.
  public let restartCount: Int

  /// Places one of several processes of this machine.
  ///
  /// - Parameters:
  ///   - rank: its number, from 0.
  ///   - size: the number of processes.
  ///   - path: of the file where they find each other.
  ///   - coreCount: of the machine.
  public init(rank: Int, of size: Int, storePath path: String, coreCount: Int = Self.coreCount) {
    self.rank = rank
    self.size = size
    localRank = rank
    threadCount = max(coreCount / size, 1)
    store = .file(path: path)
    restartCount = 0
  }

  /// The variables that tell a process its place, for a process that this one starts.
  public var environment: [String: String] {
    var result = [
      "RANK": "\(rank)", "WORLD_SIZE": "\(size)", "LOCAL_RANK": "\(localRank)",
      "LOCAL_WORLD_SIZE": "\(size)",
    ]
    switch store {
    case .file(let path): result[Self.storeVariable] = path
    case .tcp(let host, let port, _):
      result["MASTER_ADDR"] = host
      result["MASTER_PORT"] = "\(port)"
    }
    return result
  }

  /// The variable that names the file in which the processes of `--processes` find each other.
  public static let storeVariable = "MULTIBOX_STORE"

  /// The most processes that train together.
  public static let sizes = 1...65_536

  /// The cores that this process may use.
  public static var coreCount: Int { AvailableProcessors.count }

  /// Reads the place that the environment says; nil for a process that trains alone.
  ///
  /// - Parameters:
  ///   - environment: variables by name.
  ///   - coreCount: the cores that this process may use.
  /// - Throws: ``ProcessPlacementError`` naming the variable.
  public static func read(
    _ environment: [String: String], coreCount: Int = Self.coreCount
  ) throws(ProcessPlacementError) -> ProcessPlacement? {
    // An empty variable is one that is not set, as shells write it.
    let variables = PlacementVariables(values: environment.filter { !$0.value.isEmpty })
    if variables.has("RANK") || variables.has("WORLD_SIZE") {
      return try ProcessPlacement(ofRank: variables, coreCount: coreCount)
    }
    return try ProcessPlacement(ofStep: variables)
  }

  /// Of torchrun, PyTorchJob and `--processes`.
  private init?(
    ofRank variables: PlacementVariables, coreCount: Int
  ) throws(ProcessPlacementError) {
    size = try variables.number("WORLD_SIZE", in: Self.sizes)
    guard size > 1 else { return nil }
    rank = try variables.number("RANK", in: 0...size - 1)
    localRank = try variables.number("LOCAL_RANK", in: 0...size - 1, default: 0)
    let localSize = try variables.number("LOCAL_WORLD_SIZE", in: 1...size, default: 1)
    threadCount = localSize > 1 ? max(coreCount / localSize, 1) : nil
    restartCount = try variables.number("TORCHELASTIC_RESTART_COUNT", in: 0...Int.max, default: 0)
    if let path = variables.values[Self.storeVariable] {
      store = .file(path: path)
      return
    }
    // torchrun's agent has opened the store by then.
    let hasAgent = variables.values["TORCHELASTIC_USE_AGENT_STORE"] == "True"
    store = .tcp(
      host: try variables.text("MASTER_ADDR"),
      port: try variables.number("MASTER_PORT", in: 1...65_535),
      isServer: rank == 0 && !hasAgent)
  }

  /// Of `srun`. A batch script and an interactive allocation have SLURM's variables, too, and no
  /// other process beside theirs: a step has an ordinary number and several tasks.
  private init?(ofStep variables: PlacementVariables) throws(ProcessPlacementError) {
    guard variables.has("SLURM_PROCID"), let step = variables.stepNumber else { return nil }
    let sizeName = variables.has("SLURM_STEP_NUM_TASKS") ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS"
    size = try variables.number(sizeName, in: Self.sizes, default: 1)
    guard size > 1 else { return nil }
    rank = try variables.number("SLURM_PROCID", in: 0...size - 1)
    localRank = try variables.number("SLURM_LOCALID", in: 0...size - 1)
    threadCount =
      variables.has("SLURM_CPUS_PER_TASK")
      ? try variables.number("SLURM_CPUS_PER_TASK", in: TrainingConfiguration.Limits.threads) : nil
    restartCount = try variables.number("SLURM_RESTART_COUNT", in: 0...Int.max, default: 0)
    let job = try variables.number("SLURM_JOB_ID", in: 0...Int.max / 2, default: 0)
    // Jobs that share a machine have neighbouring numbers, and below 32768 no system gives a port
    // away by itself.
    let usual = 20_000 + (job + 101 * step) % 10_000
    store = .tcp(
      host: try variables.stepHost,
      port: try variables.number("MASTER_PORT", in: 1...65_535, default: usual),
      isServer: rank == 0)
  }
}

/// A variable of the environment that does not tell a process its place.
public struct ProcessPlacementError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The name of the variable.
  public let variable: String
  /// What it may be.
  public let expected: String
  /// What it is; nil where it is not set.
  public let found: String?

  public var description: String {
    "\(variable): expected \(expected), found \(found ?? "none"), for one of several processes"
  }
}

/// Variables that are not empty.
private struct PlacementVariables {
  let values: [String: String]

  func has(_ name: String) -> Bool { values[name] != nil }

  func text(_ name: String) throws(ProcessPlacementError) -> String {
    guard let text = values[name] else {
      throw ProcessPlacementError(
        variable: name, expected: "the name of the first process's machine", found: nil)
    }
    return text
  }

  func number(
    _ name: String, in range: ClosedRange<Int>, default usual: Int? = nil
  ) throws(ProcessPlacementError) -> Int {
    if let usual, !has(name) { return usual }
    guard let text = values[name], let number = Int(text), range.contains(number) else {
      let words = range.upperBound == .max ? "\(range.lowerBound) or more" : range.words
      throw ProcessPlacementError(variable: name, expected: words, found: values[name])
    }
    return number
  }

  /// The number of a step that `srun` has started; the batch script and an interactive allocation
  /// have none, or one of SLURM's own, which begin there.
  var stepNumber: Int? {
    (values["SLURM_STEP_ID"] ?? values["SLURM_STEPID"]).flatMap(Int.init).flatMap {
      (0..<0xFFFF_FFF0).contains($0) ? $0 : nil
    }
  }

  /// The machine of a step's first task.
  var stepHost: String {
    get throws(ProcessPlacementError) {
      if let host = values["MASTER_ADDR"] { return host }
      if let list = values["SLURM_STEP_NODELIST"], let host = Self.firstHost(of: list[...]) {
        return host
      }
      if let address = values["SLURM_LAUNCH_NODE_IPADDR"] { return address }
      throw ProcessPlacementError(
        variable: "SLURM_STEP_NODELIST", expected: "a list of machines",
        found: values["SLURM_STEP_NODELIST"])
    }
  }

  /// `node01` of `node[01-03,07],other`.
  private static func firstHost(of list: Substring) -> String? {
    let name = list.prefix { $0 != "," && $0 != "[" }
    let rest = list.dropFirst(name.count)
    guard rest.first == "[" else { return name.isEmpty ? nil : String(name) }
    guard let end = rest.firstIndex(of: "]") else { return nil }
    let number = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
    let behind = rest[rest.index(after: end)...]
    guard !number.isEmpty else { return nil }
    return "\(name)\(number)" + (behind.isEmpty ? "" : firstHost(of: behind) ?? "")
  }
}
