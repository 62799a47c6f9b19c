import Foundation
import Runs
import SSDModels
import Testing

/// The weights that a seed gives must stay, for runs to be repeated.
///
/// Golden: the first element of every convolution's weight, by this project before its networks
/// were put together of backbones (revision bbf0554, LibTorch 2.15.0), in checkpoints after one
/// step at a rate of 1e-30; for the networks that came later, by their first version in the same
/// way; for MobileNet-v1 by PyTorch 2.15.0, Scripts/goldens/tensorflow_ssd.py. Each depends on how
/// many numbers were drawn before it.
struct InitialWeightsTests {
  private struct Golden: Decodable {
    let network: String
    let seed: UInt64
    let first: [String: Double]
  }

  private static let goldens: [Golden] = {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Goldens/initial-weights.json")
    return (try? JSONDecoder().decode([Golden].self, from: Data(contentsOf: url))) ?? []
  }()

  @Test func thereIsAGoldenOfEveryNetwork() {
    #expect(Set(Self.goldens.map(\.network)) == Set(NetworkPreset.all.map(\.name)))
    #expect(Self.goldens.count == 2 * NetworkPreset.all.count)
  }

  @Test(arguments: 0..<20) func theSameSeedGivesTheSameWeights(index: Int) throws {
    let golden = Self.goldens[index]
    let preset = try #require(NetworkPreset.named(golden.network))
    let side = preset.side(requested: 128)
    let network = try preset.makeNetwork(
      classCount: 4, specification: preset.defaultBoxes(side: side), imageSide: side,
      seed: golden.seed)
    let weights = network.store.variables.filter { $0.kind == .weight }
    #expect(Set(weights.map(\.name)) == Set(golden.first.keys))
    for weight in weights {
      let expected = try #require(golden.first[weight.name])
      let found = Double(try #require(try weight.tensor.floats().first))
      // Last bits are those of the processor's vectors.
      #expect(abs(found - expected) <= 1e-5 * max(abs(expected), 1e-3), "\(weight.name)")
    }
  }
}
