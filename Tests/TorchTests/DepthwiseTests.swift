import Testing

@testable import Torch

/// Depthwise convolutions, most with gradients of this project's own, against LibTorch's in
/// float32, which keeps those of a tensor that is not channels-last.
///
/// Which of the two computes kernel 3 with stride 1 in bfloat16 depends on the processor.
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
      // Those that end a column earlier than they begin need an even side.
      + [2, 8].flatMap { side in
        [4, 6].map { Case(channels: channels, side: side, kernel: $0, stride: 2) }
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

    func gradients(
      inBFloat16: Bool, _ values: Tensor, _ weights: Tensor, _ gradient: Tensor
    ) throws -> [[Float]] {
      let (input, weight) = try (values.cloned(), weights.cloned())
      for leaf in [input, weight] { try leaf.setRequiresGradient(true) }
      func convolved() throws -> Tensor {
        try input.convolved(
          weight: weight, bias: nil, stride: test.stride, padding: (kernel - 1) / 2,
          groups: channels)
      }
      let output = try inBFloat16 ? BFloat16.compute(convolved) : convolved()
      let sum = try output.converted(to: .float32)
      try Tensor.backward([sum], gradients: [gradient])
      return try [sum, input.gradient(), weight.gradient()].map { try $0?.floats() ?? [] }
    }
    func magnitudes(_ tensor: Tensor) throws -> Tensor {
      try Tensor(tensor.floats().map(abs), shape: tensor.shape)
    }
    let expected = try gradients(inBFloat16: false, values, weights, gradient)
    // Σ |a · b| for each Σ a · b.
    let absolute = try gradients(
      inBFloat16: false, magnitudes(values), magnitudes(weights), magnitudes(gradient))
    for inBFloat16 in [true, false] {
      let found = try gradients(
        inBFloat16: inBFloat16, values.channelsLast(), weights, gradient)
      for index in 0..<3 {
        #expect(!expected[index].isEmpty && found[index].count == expected[index].count)
        let errors = zip(found[index], expected[index]).map { abs($0 - $1) }
        let limits = zip(expected[index], absolute[index]).map { sum, absolute in
          let rounding = 1e-5 * max(abs(sum), 1)
          guard inBFloat16 else { return rounding }
          // Both sides multiply the same numbers, so a sum in float32 rounded once to bfloat16's
          // eight places is off by 2⁻⁸ of itself. A single pixel is in every layout and so left to
          // LibTorch, which rounds the products too where the processor has no bfloat16.
          return rounding + 0x1.01p-8 * (abs(sum) + (side == 1 ? absolute : 0))
        }
        let name = ["sum", "input gradient", "weight gradient"][index]
        #expect(
          zip(errors, limits).allSatisfy { $0 <= $1 },
          "\(name), \(inBFloat16 ? "bfloat16" : "float32"): largest \(errors.max() ?? 0)")
      }
    }
  }
}
