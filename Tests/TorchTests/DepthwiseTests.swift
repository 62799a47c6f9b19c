import Testing

@testable import Torch

/// Depthwise convolutions whose gradients are this project's own, against LibTorch's in float32,
/// which keeps those of a tensor that is not channels-last.
struct DepthwiseTests {
  struct Case: CustomTestStringConvertible {
    var channels = 72
    var side = 9
    var kernel = 3
    var stride = 1
    var testDescription: String { "\(channels) channels, \(side), \(kernel), \(stride)" }
  }

  /// Channels that fill vectors of 16, in pairs and not, and remainders; even and odd sides; sides
  /// smaller than the kernel.
  static let cases = [16, 17, 48, 72, 136].flatMap { channels in
    [1, 2, 3, 8, 9].flatMap { side in
      [3, 5].flatMap { kernel in
        [1, 2].map { Case(channels: channels, side: side, kernel: kernel, stride: $0) }
      }
    }
  }

  @Test(arguments: cases) func gradientsAreThoseOfFloat32(_ test: Case) throws {
    let random = try TorchGenerator(seed: 1)
    func normal(_ shape: [Int]) throws -> Tensor {
      let tensor = try Tensor.full(shape, 0)
      try random.fillNormal(tensor, deviation: 1)
      // What bfloat16 can hold, so that both sides multiply the same numbers.
      return try tensor.converted(to: .bfloat16).converted(to: .float32)
    }
    let (channels, side, kernel) = (test.channels, test.side, test.kernel)
    let values = try normal([2, channels, side, side])
    let weights = try normal([channels, 1, kernel, kernel])
    let outputSide = (side - 1) / test.stride + 1
    let gradient = try normal([2, channels, outputSide, outputSide])

    func gradients(_ precision: Precision, of values: Tensor) throws -> [[Float]] {
      let (input, weight) = try (values.cloned(), weights.cloned())
      for leaf in [input, weight] { try leaf.setRequiresGradient(true) }
      let output = try precision.compute {
        try input.convolved(
          weight: weight, bias: nil, stride: test.stride, padding: (kernel - 1) / 2,
          groups: channels)
      }
      let sum = try output.converted(to: .float32)
      try Tensor.backward([sum], gradients: [gradient])
      return try [sum, input.gradient(), weight.gradient()].map { try $0?.floats() ?? [] }
    }
    let expected = try gradients(.float32, of: values)
    // Half a unit in the last of bfloat16's eight places, of the sum or of what it is made of.
    for (precision, tolerance) in [(Precision.bfloat16, Float(0.01)), (.float32, 1e-5)] {
      let found = try gradients(precision, of: values.channelsLast())
      for (found, expected) in zip(found, expected) {
        #expect(found.count == expected.count)
        #expect(
          zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance * max(abs($1), 1) },
          "largest difference \(zip(found, expected).map { abs($0 - $1) }.max() ?? 0)")
      }
    }
  }
}
