import Runs
import Testing

struct ProcessPlacementTests {
  private static let torchrun = [
    "RANK": "3", "LOCAL_RANK": "1", "WORLD_SIZE": "4", "LOCAL_WORLD_SIZE": "2",
    "MASTER_ADDR": "first", "MASTER_PORT": "29500",
  ]
  private static let step = [
    "SLURM_PROCID": "0", "SLURM_LOCALID": "0", "SLURM_NTASKS": "4", "SLURM_STEP_ID": "2",
    "SLURM_JOB_ID": "123456", "SLURM_STEP_NODELIST": "node[07-08,12],last",
  ]

  private static func read(
    _ base: [String: String], _ changes: [String: String] = [:]
  ) throws -> ProcessPlacement? {
    try ProcessPlacement.read(base.merging(changes) { $1 }, coreCount: 9)
  }

  @Test func torchrunSaysRankMachineAndStore() throws {
    let found = try #require(try Self.read(Self.torchrun))
    #expect((found.rank, found.size, found.localRank) == (3, 4, 1))
    // 9 cores of two processes.
    #expect(found.threadCount == 4 && found.restartCount == 0)
    #expect(found.store == .tcp(host: "first", port: 29500, isServer: false))
    let first = try #require(try Self.read(Self.torchrun, ["RANK": "0"]))
    #expect(first.store == .tcp(host: "first", port: 29500, isServer: true))
  }

  @Test func whereAnAgentHasOpenedTheStoreNoProcessDoes() throws {
    let found = try #require(
      try Self.read(
        Self.torchrun,
        [
          "RANK": "0", "TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": "2",
        ]))
    #expect(found.store == .tcp(host: "first", port: 29500, isServer: false))
    #expect(found.restartCount == 2)
  }

  // As PyTorchJob starts one process a machine.
  @Test func withoutALocalRankItIsTheOnlyOneOfItsMachine() throws {
    let found = try #require(
      try Self.read(Self.torchrun, ["LOCAL_RANK": "", "LOCAL_WORLD_SIZE": ""]))
    #expect(found.localRank == 0 && found.threadCount == nil)
  }

  // (123456 + 101 · 2) % 10000 = 3658.
  @Test func aStepOfSeveralTasksIsSeveralProcesses() throws {
    let found = try #require(try Self.read(Self.step))
    #expect((found.rank, found.size, found.localRank) == (0, 4, 0))
    #expect(found.store == .tcp(host: "node07", port: 23658, isServer: true))
    #expect(found.threadCount == nil)
    let other = try #require(
      try Self.read(
        Self.step,
        [
          "SLURM_PROCID": "2", "SLURM_LOCALID": "1", "SLURM_CPUS_PER_TASK": "6",
          "MASTER_ADDR": "10.0.0.7", "MASTER_PORT": "4000",
        ]))
    #expect((other.rank, other.localRank, other.threadCount) == (2, 1, 6))
    #expect(other.store == .tcp(host: "10.0.0.7", port: 4000, isServer: false))
  }

  @Test(arguments: [
    ("alone", "alone"), ("a,b", "a"), ("node[3]", "node3"), ("n[001-128]", "n001"),
    ("rack[2,4]x[5-6],z", "rack2x5"),
  ])
  func theFirstMachineOfAListHasTheStore(list: String, host: String) throws {
    let found = try #require(try Self.read(Self.step, ["SLURM_STEP_NODELIST": list]))
    #expect(found.store == .tcp(host: host, port: 23658, isServer: true))
  }

  @Test func withoutAListTheMachineThatStartedTheStepIsTaken() throws {
    let found = try #require(
      try Self.read(
        Self.step, ["SLURM_STEP_NODELIST": "", "SLURM_LAUNCH_NODE_IPADDR": "10.1.2.3"]))
    #expect(found.store == .tcp(host: "10.1.2.3", port: 23658, isServer: true))
  }

  // A batch script has no step, an interactive allocation one of SLURM's own numbers.
  @Test(
    arguments: [
      [:], ["MASTER_ADDR": "first", "MASTER_PORT": "29500"], ["RANK": "0", "WORLD_SIZE": "1"],
      ["RANK": "", "WORLD_SIZE": ""],
      ["SLURM_PROCID": "0", "SLURM_LOCALID": "0", "SLURM_NTASKS": "4", "SLURM_JOB_ID": "7"],
      ["SLURM_PROCID": "0", "SLURM_NTASKS": "4", "SLURM_STEP_ID": "4294967290"],
      ["SLURM_PROCID": "0", "SLURM_NTASKS": "1", "SLURM_STEP_ID": "0"],
      [
        "SLURM_PROCID": "0", "SLURM_NTASKS": "4", "SLURM_STEP_NUM_TASKS": "1", "SLURM_STEP_ID": "0",
      ],
    ] as [[String: String]])
  func otherEnvironmentsAreOfOneProcess(environment: [String: String]) throws {
    #expect(try ProcessPlacement.read(environment) == nil)
  }

  @Test(
    arguments: [
      (["RANK": "4"], "RANK: expected 0 to 3, found 4, for one of several processes"),
      (["RANK": ""], "RANK: expected 0 to 3, found none, for one of several processes"),
      (
        ["WORLD_SIZE": "many"],
        "WORLD_SIZE: expected 1 to 65536, found many, for one of several processes"
      ),
      (
        ["WORLD_SIZE": ""],
        "WORLD_SIZE: expected 1 to 65536, found none, for one of several processes"
      ),
      (
        ["MASTER_ADDR": ""],
        "MASTER_ADDR: expected the name of the first process's machine, found none, for one of"
          + " several processes"
      ),
      (
        ["MASTER_PORT": "70000"],
        "MASTER_PORT: expected 1 to 65535, found 70000, for one of several processes"
      ),
      (
        ["TORCHELASTIC_RESTART_COUNT": "-1"],
        "TORCHELASTIC_RESTART_COUNT: expected 0 or more, found -1, for one of several processes"
      ),
    ] as [([String: String], String)])
  func anErrorNamesTheVariable(changes: [String: String], message: String) throws {
    let error = #expect(throws: ProcessPlacementError.self) {
      try Self.read(Self.torchrun, changes)
    }
    #expect(error?.description == message)
  }

  // What one process sets for another is what that reads.
  @Test func theEnvironmentOfAStartedProcessTellsItsPlace() throws {
    let made = ProcessPlacement(rank: 1, of: 3, storePath: "store", coreCount: 9)
    #expect(made.threadCount == 3 && made.store == .file(path: "store"))
    #expect(try Self.read(made.environment) == made)
  }
}
