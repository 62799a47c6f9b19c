import MultiBox

/// A library by which several processes exchange tensors that lie on GPUs.
///
/// What lies in the hosts' memory goes by Gloo, whatever is chosen.
public enum CollectiveLibrary: String, Hashable, Sendable, Codable, CaseIterable {
  /// Through the hosts' memory, by TCP.
  case gloo
  /// From GPU to GPU, each process with one of its own.
  case nccl
}

/// A reason why processes cannot exchange tensors by NCCL.
public enum NCCLObstacle: Error, Hashable, Sendable, CustomStringConvertible {
  /// They compute on the processor.
  case noGPU
  /// The program is built without it.
  case notBuiltIn
  /// These compute on one GPU, which NCCL refuses.
  case sharedGPU(ranks: [Int])

  public var description: String {
    switch self {
    case .noGPU: "NCCL: expected a CUDA device, found the processor"
    case .notBuiltIn:
      "NCCL: expected a build with it, by LIBTORCH_CUDA naming the folders of CUDA and NCCL"
    case .sharedGPU(let ranks):
      "NCCL: expected a GPU for each process, found that ranks"
        + " \(ranks.map(String.init).joined(separator: ", ")) share one"
    }
  }
}

/// The library by which the processes of a training exchange tensors, the same one in each.
public struct CollectiveChoice: Hashable, Sendable {
  /// It carries gradients, statistics of norms and weights.
  public let library: CollectiveLibrary
  /// The reason why it is not NCCL, where nobody asked for Gloo.
  public let obstacle: NCCLObstacle?

  /// Takes the wanted one or, where none is wanted, NCCL if it can serve all processes.
  ///
  /// - Parameters:
  ///   - wanted: the one that somebody asks for; nil leaves the choice.
  ///   - computesOnGPU: the processes compute on CUDA devices.
  ///   - isBuiltIn: the program is built with NCCL.
  ///   - cards: gives a number of each process's GPU, in the order of ranks, of each GPU another;
  ///     called where nothing else decides.
  /// - Throws: ``NCCLObstacle`` where NCCL is wanted; what `cards` throws.
  public init(
    _ wanted: CollectiveLibrary?, computesOnGPU: Bool, isBuiltIn: Bool,
    cards: () throws -> [UInt64]
  ) throws {
    guard wanted != .gloo || !computesOnGPU else {
      (library, obstacle) = (.gloo, nil)
      return
    }
    let obstacle: NCCLObstacle? =
      if !computesOnGPU {
        .noGPU
      } else if !isBuiltIn {
        .notBuiltIn
      } else {
        Self.sharing(try cards()).map { .sharedGPU(ranks: $0) }
      }
    if wanted == .nccl, let obstacle { throw obstacle }
    self.obstacle = obstacle
    library = obstacle == nil ? .nccl : .gloo
  }

  /// The ranks of the first GPU that several have; nil where each has its own.
  private static func sharing(_ cards: [UInt64]) -> [Int]? {
    for card in cards {
      let ranks = cards.indices.filter { cards[$0] == card }
      if ranks.count > 1 { return ranks }
    }
    return nil
  }

  /// A line of how GPUs exchange tensors, and why so; nil for the processor, which has no choice.
  ///
  /// - Parameter count: of processes.
  public func note(processCount count: Int) -> String? {
    switch (library, obstacle) {
    case (_, .noGPU): nil
    case (.nccl, _): "\(count) processes: gradients go by NCCL, from GPU to GPU"
    case (.gloo, let obstacle):
      "\(count) processes: gradients go by Gloo, through the hosts' memory"
        + (obstacle.map { " (\($0))" } ?? "")
    }
  }
}
