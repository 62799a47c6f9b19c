import Testing

@testable import Torch

/// Convolutions over all channels of channels-last maps, against LibTorch's of maps that are not.
///
/// Without AVX-512 the weight's gradient takes a way of this project's own, which `make
/// test-processors` tries on every processor; with it both sides are LibTorch's.
struct DenseConvolutionTests {
  struct Case: CustomTestStringConvertible {
    var channels: Int
    var side: Int
    var kernel: Int
    var stride: Int
    var hasBias: Bool
    var testDescription: String {
      "\(channels) channels, \(side), \(kernel), \(stride)\(hasBias ? ", bias" : "")"
    }
  }

  /// Channels and pixels that fill the blocks of a copy, and that do not; maps too small for it.
  static let cases: [Case] = [16, 17, 40].flatMap { channels in
    [9, 16, 19, 23].flatMap { side in
      [(3, 1, true), (3, 2, false), (5, 1, false)].map {
        Case(channels: channels, side: side, kernel: $0.0, stride: $0.1, hasBias: $0.2)
      }
    }
  }

  @Test(arguments: cases) func gradientsAreThoseOfPlanes(_ test: Case) throws {
    let random = try TorchGenerator(seed: 1)
    func normal(_ shape: [Int]) throws -> Tensor {
      let tensor = try Tensor.full(shape, 0)
      try random.fillNormal(tensor, deviation: 1)
      return tensor
    }
    let (channels, side, kernel) = (test.channels, test.side, test.kernel)
    let values = try normal([3, channels, side, side])
    let weights = try normal([24, channels, kernel, kernel])
    let biases = try normal([24])
    let outputSide = (side - 1) / test.stride + 1
    let gradient = try normal([3, 24, outputSide, outputSide])

    func gradients(_ values: Tensor) throws -> [[Float]] {
      let leaves = try [values.cloned(), weights.cloned(), biases.cloned()]
      for leaf in leaves { try leaf.setRequiresGradient(true) }
      let output = try leaves[0].convolved(
        weight: leaves[1], bias: test.hasBias ? leaves[2] : nil, stride: test.stride,
        padding: (kernel - 1) / 2)
      try Tensor.backward([output], gradients: [gradient])
      return try [output.floats()]
        + leaves.prefix(test.hasBias ? 3 : 2).map { try #require(try $0.gradient()).floats() }
    }
    let expected = try gradients(values)
    let found = try gradients(values.channelsLast())
    #expect(expected.count == found.count)
    for (found, expected) in zip(found, expected) {
      #expect(found.count == expected.count)
      // Sums of up to 3 · 23² products of size 1.
      let errors = zip(found, expected).map { abs($0 - $1) }
      #expect(errors.allSatisfy { $0 <= 3e-4 }, "largest \(errors.max() ?? 0)")
    }
  }
}
