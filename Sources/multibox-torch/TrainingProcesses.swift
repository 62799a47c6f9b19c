import Commands
import Files
import Foundation
import Runs
import SSDTraining
import Torch

/// The processes that train together, as this one finds them; it may be the only one.
struct TrainingProcesses {
  /// The place of this process; nil where it is alone.
  let placement: ProcessPlacement?
  /// The part of this process.
  let share: TrainingShare
  private let group: ProcessGroup?
  private let timeout: Duration

  /// Seconds for all to come, and to read their data.
  private static let beginningSeconds = 600.0

  /// Meets the other processes, where there are any.
  ///
  /// - Parameters:
  ///   - placement: of this process.
  ///   - seconds: after which a process that is not heard of is given up, once all have begun.
  ///   - collectives: the library by which GPUs exchange tensors; nil leaves the choice.
  /// - Throws: an error that names the processes that did not come.
  init(
    _ placement: ProcessPlacement?, timeout seconds: Double, collectives: CollectiveLibrary?
  ) throws {
    self.placement = placement
    timeout = .seconds(seconds)
    group = try placement?.group(timeout: .seconds(max(seconds, Self.beginningSeconds)))
    share =
      group.map {
        TrainingShare(of: $0, localRank: placement?.localRank ?? 0, collectives: collectives)
      } ?? .whole
  }

  /// This process writes the run, and says what there is to say.
  var isFirst: Bool { share.isFirst }

  /// The processes were started anew after one had failed.
  var areRestarted: Bool { placement?.restartCount ?? 0 > 0 }

  /// Waits until all have read their data; from now on none may be silent for long.
  ///
  /// - Throws: an error that names the processes that are missing.
  func haveBegun() throws {
    try group?.barrier("reading of the data")
    group?.setTimeout(timeout)
  }

  /// Runs a command in this process and, with `--processes`, in others that it starts.
  ///
  /// - Parameters:
  ///   - options: of the training.
  ///   - body: the training of one process.
  /// - Throws: what `body` throws; a usage error for options without effect; `NCCLObstacle` where
  ///   NCCL is wanted and not built in.
  static func run(
    _ options: TrainOptions, _ body: (TrainingProcesses) throws -> Void
  ) throws {
    let machine = options.machine
    func run(_ placement: ProcessPlacement?) throws {
      try body(
        TrainingProcesses(
          placement, timeout: machine.collectiveSeconds, collectives: machine.collectives))
    }
    let placement = try machine.placement(ProcessInfo.processInfo.environment)
    // All data would be read for nothing.
    if machine.collectives == .nccl, ProcessGroup.ncclVersion == nil {
      throw NCCLObstacle.notBuiltIn
    }
    if let placement {
      placement.labelMessages()
      return try run(placement)
    }
    guard let count = machine.processes, count > 1 else { return try run(nil) }
    let path = UnfinishedFiles.temporaryPath(
      of: FileManager.default.temporaryDirectory.path + "/multibox-processes")
    defer { unlink(path) }
    let started = try StartedProcesses(count: count, storePath: path)
    defer { started.end(within: min(machine.collectiveSeconds, 8) + 2) }
    try run(ProcessPlacement(rank: 0, of: count, storePath: path))
  }
}

extension ProcessPlacement {
  /// The group of a restart has another name than the one before it, which torchrun's store still
  /// knows.
  fileprivate func group(timeout: Duration) throws -> ProcessGroup {
    let place: ProcessStore =
      switch store {
      case .tcp(let host, let port, let isServer): .tcp(host: host, port: port, isServer: isServer)
      case .file(let path): .file(path: path)
      }
    return try ProcessGroup(
      store: place, prefix: "training.\(restartCount)", rank: rank, size: size, timeout: timeout)
  }

  /// Lets the lines of this process say whose they are; of those that `--processes` starts, the
  /// first one adds that.
  fileprivate func labelMessages() {
    guard rank > 0 else { return }
    guard case .file = store else {
      StandardError.linePrefix = "rank \(rank): "
      return
    }
    // Standard input is a pipe that nobody writes to: at its end the first process is gone.
    Thread.detachNewThread {
      while case let data = FileHandle.standardInput.availableData, !data.isEmpty {}
      UnfinishedFiles.removeAll()
      _exit(EXIT_FAILURE)
    }
  }
}
