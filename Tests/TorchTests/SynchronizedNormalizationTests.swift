import Testing

@testable import Torch

/// Batch normalization over processes, against LibTorch's of the whole batch in one.
struct SynchronizedNormalizationTests {
  struct Case: CustomTestStringConvertible {
    /// The images of each rank.
    var images: [[Int64]]
    var isChannelsLast = false
    var type = ElementType.float32
    var testDescription: String {
      "\(images.map(\.count)) images, \(isChannelsLast ? "channels-last" : "in order"), \(type)"
    }
  }

  static let cases = [
    Case(images: [[0, 1, 2, 3, 4, 5]]),
    Case(images: [[0, 1, 2, 3], [4, 5]]),
    Case(images: [[0, 1, 2, 3], [4, 5]], isChannelsLast: true),
    Case(images: [[], [0, 1, 2, 3, 4], [5]]),
    Case(images: [[0, 1, 2, 3, 4, 5], []], isChannelsLast: true),
    Case(images: [[0, 1, 2], [3, 4, 5]], isChannelsLast: true, type: .bfloat16),
    Case(images: [[0, 1, 2], [3, 4, 5]], type: .bfloat16),
  ]

  private struct Result: Sendable {
    var output: [Float]
    var inputGradient: [Float]
    var parameters: [[Float]]
  }

  private static let channels = 5

  /// Forward and backward with the images of `rows`.
  private static func run(
    _ rows: [Int64], _ test: Case, over group: ProcessGroup?
  ) throws -> Result {
    let random = try TorchGenerator(seed: 9)
    func normal(_ shape: [Int], mean: Double, deviation: Double) throws -> Tensor {
      let tensor = try Tensor.full(shape, 0)
      try random.fillNormal(tensor, mean: mean, deviation: deviation)
      return tensor
    }
    let indices = try Tensor(integers: rows, shape: [rows.count])
    func part(_ whole: Tensor) throws -> Tensor {
      let part = try whole.selected(indices, dimension: 0)
      return try (test.isChannelsLast ? part.channelsLast() : part).converted(to: test.type)
        .cloned()
    }
    // Far from 0, where a difference of sums would lose digits.
    let shape = [6, channels, 4, 3]
    let input = try part(normal(shape, mean: 30, deviation: 2))
    let gradient = try part(normal(shape, mean: 0.3, deviation: 1))
    let weight = try normal([channels], mean: 1, deviation: 0.5)
    let bias = try normal([channels], mean: 0, deviation: 1)
    for leaf in [input, weight, bias] { try leaf.setRequiresGradient(true) }
    let mean = try Tensor.full([channels], 1)
    let variance = try Tensor.full([channels], 2)

    let reducer = try group.map {
      try GradientReducer(parameters: [weight, bias], group: $0, bucketByteCount: 1)
    }
    let output = try input.batchNormalized(
      weight: weight, bias: bias, runningMean: mean, runningVariance: variance, isTraining: true,
      momentum: 0.1, epsilon: 1e-5, over: group)
    #expect(output.elementType == test.type)
    try reducer?.begin()
    try Tensor.backward([output], gradients: [gradient])
    try reducer?.finish()
    return Result(
      output: try output.floats(), inputGradient: try input.gradient()?.floats() ?? [],
      parameters: [
        try weight.gradient()?.floats() ?? [], try bias.gradient()?.floats() ?? [],
        try mean.floats(), try variance.floats(),
      ])
  }

  @Test(arguments: cases) func partsAreNormalizedAsTheWholeBatch(_ test: Case) throws {
    let whole = try Self.run([0, 1, 2, 3, 4, 5], test, over: nil)
    let parts = try processes(test.images.count) { group in
      try Self.run(test.images[group.rank], test, over: group)
    }
    func isNear(_ found: [Float], _ expected: [Float], _ tolerance: Float) -> Bool {
      found.count == expected.count
        && zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
    }
    // bfloat16 rounds what comes out to 8 bits.
    let tolerance: Float = test.type == .bfloat16 ? 0x1p-7 : 1e-5
    #expect(isNear(parts.flatMap(\.output), whole.output, tolerance))
    #expect(isNear(parts.flatMap(\.inputGradient), whole.inputGradient, tolerance))
    #expect(whole.output.count == 6 * Self.channels * 12)
    for part in parts {
      // γ's gradient sums 72 products with distances from a mean, whose last digit is 2e-6.
      let tolerances: [Float] = [1e-4, 1e-5, 1e-5, 1e-5]
      for (index, tolerance) in tolerances.enumerated() {
        let (found, expected) = (part.parameters[index], whole.parameters[index])
        #expect(isNear(found, expected, tolerance), "\(index): \(found) instead of \(expected)")
      }
      #expect(part.parameters == parts[0].parameters)
    }
  }

  @Test func aSingleValueOfAllProcessesLeavesTheRunningStatistics() throws {
    let found = try processes(2) { group in
      let (mean, variance) = (try Tensor([7], shape: [1]), try Tensor([8], shape: [1]))
      let input = try Tensor(group.rank == 0 ? [] : [3], shape: [group.rank, 1, 1, 1])
      let output = try input.batchNormalized(
        weight: Tensor([2], shape: [1]), bias: Tensor([5], shape: [1]), runningMean: mean,
        runningVariance: variance, isTraining: true, momentum: 0.1, epsilon: 1e-5, over: group)
      return [try output.floats(), try mean.floats(), try variance.floats()]
    }
    #expect(found == [[[], [7], [8]], [[5], [7], [8]]])
  }

  @Test func autocastGivesBFloat16() throws {
    let found = try processes(2) { group in
      try BFloat16.compute {
        let kernel = try Tensor.full([1, 1, 1, 1], 2)
        let map = try Tensor([Float(group.rank)], shape: [1, 1, 1, 1])
          .convolved(weight: kernel, bias: nil)
        let output = try map.batchNormalized(
          weight: Tensor([1], shape: [1]), bias: Tensor([0], shape: [1]),
          runningMean: Tensor([0], shape: [1]), runningVariance: Tensor([1], shape: [1]),
          isTraining: true, momentum: 0.1, epsilon: 0, over: group)
        #expect(output.elementType == .bfloat16)
        return try output.scalar()
      }
    }
    // 0 and 2: the mean is 1 and the deviation 1.
    #expect(found == [-1, 1])
  }
}
