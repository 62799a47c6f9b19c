import MultiBox
import Runs
import SSDModels
import TestSupport
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
    var numbers = SeededNumbers(1)
    let images = [1, 2].map { _ in numbers.floats(3 * side * side, -1...1) }
    func output(_ images: [[Float]]) throws -> SSDOutput {
      try Gradients.unrecorded {
        try network(
          Tensor(images.flatMap { $0 }, shape: [images.count, 3, side, side]), isTraining: false)
      }
    }
    let both = try output(images)
    #expect(both.logits.shape == [2, specification.boxCount, 4])
    #expect(both.offsets.shape == [2, specification.boxCount, 4])
    // Each image has its own rows.
    let (logits, offsets) = try (both.logits.floats(), both.offsets.floats())
    let size = specification.boxCount * 4
    for (index, image) in images.enumerated() {
      let alone = try output([image])
      for (found, expected) in [(logits, alone.logits), (offsets, alone.offsets)] {
        let pairs = try zip(found[index * size..<(index + 1) * size], expected.floats())
        #expect(pairs.allSatisfy { abs($0 - $1) < 1e-4 })
      }
    }
    #expect(logits[..<size] != logits[size...])
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
