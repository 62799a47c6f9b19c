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
  /// These compute on the processor, others on GPUs.
  case noGPUs(ranks: [Int])
  /// These compute on one GPU, which NCCL refuses.
  case sharedGPU(ranks: [Int])

  public var description: String {
    switch self {
    case .noGPU: "NCCL: expected a CUDA device, found the processor"
    case .notBuiltIn:
      "NCCL: expected a build with it, by LIBTORCH_CUDA naming the folders of CUDA and NCCL"
    case .noGPUs(let ranks):
      "NCCL: expected a GPU for each process, found \(Self.text(ranks)) on the processor"
    case .sharedGPU(let ranks):
      "NCCL: expected a GPU for each process, found that \(Self.text(ranks)) share one"
    }
  }

  private static func text(_ ranks: [Int]) -> String {
    (ranks.count == 1 ? "rank " : "ranks ") + ranks.map(String.init).joined(separator: ", ")
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
  ///   - cards: a number of each process's GPU, in the order of ranks, of each GPU another; nil for
  ///     one that computes on the processor. Without NCCL it is not looked at.
  /// - Throws: ``NCCLObstacle`` where NCCL is wanted.
  public init(
    _ wanted: CollectiveLibrary?, computesOnGPU: Bool, isBuiltIn: Bool, cards: [UInt64?]
  ) throws(NCCLObstacle) {
    guard wanted != .gloo || !computesOnGPU else {
      (library, obstacle) = (.gloo, nil)
      return
    }
    let onProcessor = cards.indices.filter { cards[$0] == nil }
    let obstacle: NCCLObstacle? =
      if !computesOnGPU {
        .noGPU
      } else if !isBuiltIn {
        .notBuiltIn
      } else if !onProcessor.isEmpty {
        .noGPUs(ranks: onProcessor)
      } else {
        Self.sharing(cards.compactMap(\.self)).map { .sharedGPU(ranks: $0) }
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
