import MultiBox
import Runs
import SSDModels
import Testing
import Torch

struct SSDCompactTests {
  private func network(side: Int, seed: UInt64) throws -> any SSDNetwork {
    try NetworkPreset.ssdCompact.makeNetwork(
      classCount: 3, specification: .compact(side: side), imageSide: side, seed: seed)
  }

  @Test(arguments: [64, 160, 320])
  func everyDefaultBoxGetsLogitsAndOffsets(side: Int) throws {
    let specification = DefaultBoxSpecification.compact(side: side)
    let network = try network(side: side, seed: 1)
    let output = try Gradients.unrecorded {
      try network(Tensor.full([2, 3, side, side], 0.5), isTraining: false)
    }
    let count = DefaultBoxes(specification).count
    #expect(output.logits.shape == [2, count, 4])
    #expect(output.offsets.shape == [2, count, 4])
  }

  @Test func theSameSeedGivesTheSameNetwork() throws {
    func logits(_ seed: UInt64) throws -> [Float] {
      let network = try network(side: 64, seed: seed)
      return try Gradients.unrecorded {
        try network(Tensor.full([1, 3, 64, 64], 0.5), isTraining: false).logits.floats()
      }
    }
    #expect(try logits(3) == logits(3))
    #expect(try logits(3) != logits(4))
  }
}
