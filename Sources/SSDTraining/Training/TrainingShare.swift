import Foundation
import Runs
import Torch
import TrainingInput

/// The part of a training that this process has.
///
/// One process has the whole, and asks nobody. Several compute a share of each batch and take every
/// decision together; the first one alone reads and writes the run's folder, and tells the others
/// what they need of it.
public struct TrainingShare {
  /// The images of each batch that this process reads.
  public let batches: BatchShare
  /// The processes that train together; nil for one alone.
  let group: ProcessGroup?
  private let localRank: Int
  private let collectives: CollectiveLibrary?

  /// All of a training.
  public static var whole: TrainingShare {
    TrainingShare(batches: .whole, group: nil, localRank: 0, collectives: nil)
  }

  /// Takes the share of one of several processes.
  ///
  /// - Parameters:
  ///   - group: the processes.
  ///   - localRank: the number of this one among those of its machine; with the device `cuda` it
  ///     computes on the CUDA device of that number.
  ///   - collectives: the library by which GPUs exchange tensors; nil takes NCCL where it is built
  ///     in and each process has a GPU of its own.
  public init(
    of group: ProcessGroup, localRank: Int = 0, collectives: CollectiveLibrary? = nil
  ) {
    self.init(
      batches: BatchShare(index: group.rank, count: group.size), group: group,
      localRank: localRank, collectives: collectives)
  }

  private init(
    batches: BatchShare, group: ProcessGroup?, localRank: Int, collectives: CollectiveLibrary?
  ) {
    self.batches = batches
    self.group = group
    self.localRank = localRank
    self.collectives = collectives
  }

  /// This process reads and writes the run's folder.
  public var isFirst: Bool { batches.index == 0 }

  /// Seconds that this process has waited for others so far; nil where there are none.
  var waitingSeconds: Double? { group.map { $0.waitingTime / .seconds(1) } }

  /// Says whether any process says so; each gets the same answer.
  ///
  /// - Parameter flag: of this one.
  /// - Throws: an error that names the processes that are missing.
  public func any(_ flag: Bool) throws -> Bool {
    guard let group else { return flag }
    return try group.sum([flag ? 1 : 0]) != [0]
  }

  /// Returns what the first process finds, which it tells the others.
  ///
  /// - Parameter find: called in the first process alone.
  /// - Throws: what `find` throws, in the others ``FirstProcessError``; an error that names the
  ///   processes that are missing.
  public func ofFirst<Value: Codable>(_ find: () throws -> Value) throws -> Value {
    guard let group else { return try find() }
    guard isFirst else {
      let answer = try JSONDecoder().decode(
        Answer<Value>.self, from: Data(group.broadcast(nil, from: 0)))
      guard let value = answer.values.first else {
        throw FirstProcessError(reason: answer.failure ?? "no reason")
      }
      return value
    }
    let result = Result { try find() }
    var answer = Answer<Value>()
    switch result {
    case .success(let value): answer.values = [value]
    case .failure(let error): answer.failure = "\(error)"
    }
    _ = try group.broadcast([UInt8](JSONEncoder().encode(answer)), from: 0)
    return try result.get()
  }

  /// Does in the first process what the others wait for.
  ///
  /// - Parameter work: called in the first process alone.
  /// - Throws: as ``ofFirst(_:)``.
  func first(_ work: () throws -> Void) throws {
    _ = try ofFirst {
      try work()
      return true
    }
  }

  private struct Answer<Value: Codable>: Codable {
    // A list, as a value may be nil.
    var values: [Value] = []
    var failure: String?
  }

  /// Returns the values of all processes, in their order.
  func gathered<Value: Codable>(_ value: Value) throws -> [Value] {
    guard let group else { return [value] }
    return try group.gather([UInt8](JSONEncoder().encode(value))).map {
      try JSONDecoder().decode(Value.self, from: Data($0))
    }
  }

  /// Makes tensors those of the first process.
  func takeFirst(_ tensors: [Tensor]) throws {
    try group?.broadcast(tensors, from: 0)
  }

  /// The device of this process, where several of a machine have one each.
  func device(_ configured: Device, named name: String) -> Device {
    group != nil && name == "cuda" ? .cuda(localRank) : configured
  }

  private struct Wish: Codable {
    let library: CollectiveLibrary?
    /// Of its GPU; nil for the processor.
    let card: UInt64?
  }

  /// Connects the processes' devices by the library that can serve all of them, once.
  ///
  /// - Parameter device: of this process.
  /// - Returns: what was chosen; nil for one process alone.
  /// - Throws: `NCCLObstacle` where NCCL is wanted; ``DifferentProcessError`` where processes want
  ///   different ones; an error that names the processes that are missing.
  func connect(_ device: Device) throws -> CollectiveChoice? {
    guard let group else { return nil }
    let isBuiltIn = ProcessGroup.ncclVersion != nil
    // Each one tells, whatever it has and wants: devices may differ, and all are to choose alike.
    let wishes =
      isBuiltIn
      ? try gathered(
        Wish(library: collectives, card: device == .cpu ? nil : try device.cardNumber())) : []
    for (rank, wish) in wishes.enumerated() where wish.library != wishes[0].library {
      throw DifferentProcessError(
        rank: rank,
        difference: "--collectives: expected \(wishes[0].library?.rawValue ?? "none") as rank 0"
          + " has, found \(wish.library?.rawValue ?? "none")")
    }
    let choice = try CollectiveChoice(
      collectives, computesOnGPU: device != .cpu, isBuiltIn: isBuiltIn, cards: wishes.map(\.card))
    if choice.library == .nccl, group.ncclDevice != device { try group.connectNCCL(on: device) }
    return choice
  }

  /// Makes sure that all processes train the same, with the same program.
  ///
  /// - Throws: ``DifferentProcessError``, the same one in each.
  func check(_ fingerprint: () throws -> TrainingFingerprint) throws {
    guard group != nil else { return }
    let all = try gathered(try fingerprint())
    for (rank, other) in all.enumerated() {
      if let difference = all[0].difference(to: other) {
        throw DifferentProcessError(rank: rank, difference: difference)
      }
    }
  }
}

/// The first of several processes could not do what the others wait for; it says itself why.
public struct FirstProcessError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What the first process says.
  public let reason: String

  public var description: String { "rank 0 has failed: \(reason)" }
}

/// One of several processes trains something else than the first.
public struct DifferentProcessError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The number of the process.
  public let rank: Int
  /// What it has, and what the first one has.
  public let difference: String

  public var description: String { "rank \(rank): \(difference)" }
}
