import Testing

@testable import Runs

struct CollectiveChoiceTests {
  private static func choice(
    _ wanted: CollectiveLibrary? = nil, computesOnGPU: Bool = true, isBuiltIn: Bool = true,
    cards: [UInt64?]
  ) throws -> CollectiveChoice {
    try CollectiveChoice(
      wanted, computesOnGPU: computesOnGPU, isBuiltIn: isBuiltIn, cards: cards)
  }

  @Test(arguments: [nil, CollectiveLibrary.nccl])
  func processesWithGPUsOfTheirOwnTakeNCCL(wanted: CollectiveLibrary?) throws {
    // Two machines with two each, and one process, which shares with nobody.
    for cards: [UInt64] in [[7, 3, 8, 4], [0]] {
      let found = try Self.choice(wanted, cards: cards)
      #expect(found.library == .nccl && found.obstacle == nil)
      #expect(
        found.note(processCount: 4) == "4 processes: gradients go by NCCL, from GPU to GPU")
    }
  }

  // Of two GPUs that are shared, that of the lowest rank is named.
  @Test func processesThatShareAGPUTakeGloo() throws {
    let obstacle = NCCLObstacle.sharedGPU(ranks: [1, 3, 4])
    let cards: [UInt64] = [5, 9, 6, 9, 9, 6]
    let found = try Self.choice(cards: cards)
    #expect(found.library == .gloo && found.obstacle == obstacle)
    #expect(
      found.note(processCount: 6) == "6 processes: gradients go by Gloo, through the hosts' memory"
        + " (NCCL: expected a GPU for each process, found that ranks 1, 3, 4 share one)")
    #expect(throws: obstacle) { try Self.choice(.nccl, cards: cards) }
  }

  // The same in each process, of those on the processor too, which have nothing to say.
  @Test func processesOfWhichSomeHaveNoGPUTakeGloo() throws {
    let cards: [UInt64?] = [5, nil, 5, nil]
    let found = try Self.choice(cards: cards)
    #expect(found.library == .gloo && found.obstacle == .noGPUs(ranks: [1, 3]))
    #expect(
      found.note(processCount: 4) == "4 processes: gradients go by Gloo, through the hosts' memory"
        + " (NCCL: expected a GPU for each process, found ranks 1, 3 on the processor)")
    #expect(throws: NCCLObstacle.noGPUs(ranks: [1])) { try Self.choice(.nccl, cards: [5, nil]) }
    let other = try Self.choice(computesOnGPU: false, cards: cards)
    #expect(other.library == .gloo && other.note(processCount: 4) == nil)
  }

  @Test func withoutNCCLTheCardsAreNotLookedAt() throws {
    func choice(_ wanted: CollectiveLibrary?) throws -> CollectiveChoice {
      try Self.choice(wanted, isBuiltIn: false, cards: [])
    }
    let found = try choice(nil)
    #expect(found.library == .gloo && found.obstacle == .notBuiltIn)
    #expect(
      found.note(processCount: 2) == "2 processes: gradients go by Gloo, through the hosts' memory"
        + " (NCCL: expected a build with it, by LIBTORCH_CUDA naming the folders of CUDA and NCCL)")
    #expect(throws: NCCLObstacle.notBuiltIn) { try choice(.nccl) }
  }

  @Test(arguments: [true, false])
  func theProcessorHasNoChoiceAndNothingToSay(isBuiltIn: Bool) throws {
    for wanted in [nil, CollectiveLibrary.gloo] {
      let found = try Self.choice(
        wanted, computesOnGPU: false, isBuiltIn: isBuiltIn, cards: [1, 2])
      #expect(found.library == .gloo && found.note(processCount: 2) == nil)
    }
    #expect(throws: NCCLObstacle.noGPU) {
      try Self.choice(.nccl, computesOnGPU: false, isBuiltIn: isBuiltIn, cards: [1, 2])
    }
  }

  @Test(arguments: [true, false])
  func glooThatIsAskedForNeedsNoReason(isBuiltIn: Bool) throws {
    let found = try Self.choice(.gloo, isBuiltIn: isBuiltIn, cards: [7, 7])
    #expect(found.library == .gloo && found.obstacle == nil)
    #expect(
      found.note(processCount: 3) == "3 processes: gradients go by Gloo, through the hosts' memory"
    )
  }
}
