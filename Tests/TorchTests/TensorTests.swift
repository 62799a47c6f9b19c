import Testing

@testable import Torch

/// The live-tensor count is the process's, so these tests run one after the other.
@Suite(.serialized) struct TensorTests {
  // A map of one pixel in a batch of one image, as the last map of a network has it: n − 1 is 0.
  @Test(arguments: [1, 2]) func aSingleValueLeavesTheRunningStatisticsFinite(images: Int) throws {
    let values = (0..<images * 2).map { Float($0 * $0) }
    let (mean, variance) = (try Tensor([0, 0], shape: [2]), try Tensor([1, 1], shape: [2]))
    let result = try Tensor(values, shape: [images, 2, 1, 1]).batchNormalized(
      weight: Tensor([1, 1], shape: [2]), bias: Tensor([3, 4], shape: [2]), runningMean: mean,
      runningVariance: variance, isTraining: true, momentum: 0.1, epsilon: 1e-5)
    if images == 1 {
      #expect(try result.floats() == [3, 4])
      #expect(try mean.floats() == [0, 0] && variance.floats() == [1, 1])
    } else {
      // By hand: 0 and 4 have the mean 2 and the variance 8; 1 and 9 have 5 and 32.
      let found = try mean.floats() + variance.floats()
      for (found, expected) in zip(found, [0.2, 0.5, 1.7, 4.1] as [Float]) {
        #expect(abs(found - expected) < 1e-5)
      }
    }
  }

  @Test func elementsComeBackRowByRow() throws {
    let tensor = try Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
    #expect(try tensor.floats() == [1, 2, 3, 4, 5, 6])
    #expect(try tensor.permuted([1, 0]).floats() == [1, 4, 2, 5, 3, 6])
    #expect(tensor.shape == [2, 3])
    #expect(tensor.elementType == .float32)
  }

  // By hand: the sum of the 3 × 3 window of ones around each of 2 × 2 pixels is the sum of all, 10.
  @Test func aConvolutionSumsItsWindow() throws {
    let image = try Tensor([1, 2, 3, 4], shape: [1, 1, 2, 2])
    let ones = try Tensor.full([1, 1, 3, 3], 1)
    let bias = try Tensor([0.5], shape: [1])
    #expect(
      try image.convolved(weight: ones, bias: bias, padding: 1).floats() == [
        10.5, 10.5, 10.5, 10.5,
      ])
  }

  // By hand: d/dw (w·w) = 2w; a second backward adds.
  @Test func gradientsAccumulateUntilCleared() throws {
    let optimizer = StochasticGradientDescent(momentum: 0.9)
    let weight = try Tensor([3], shape: [1])
    try weight.setRequiresGradient(true)
    try optimizer.addGroup([weight], weightDecay: 0)
    try weight.multiplied(by: weight).backward()
    try weight.multiplied(by: weight).backward()
    #expect(try weight.gradient()?.floats() == [12])
    try optimizer.clearGradients()
    #expect(try weight.gradient() == nil)
  }

  // By hand: v = .9·0 + 2·3 + .5·3 = 7.5, w = 3 − .1·7.5 = 2.25; then g = 4.5, v = 6.75 + 4.5 +
  // 1.125 = 12.375, w = 2.25 − 1.2375 = 1.0125.
  @Test func momentumAndDecayFollowTheFormula() throws {
    let optimizer = StochasticGradientDescent(momentum: 0.9)
    let weight = try Tensor([3], shape: [1])
    try weight.setRequiresGradient(true)
    try optimizer.addGroup([weight], weightDecay: 0.5)
    for _ in 0..<2 {
      try optimizer.clearGradients()
      try weight.multiplied(by: weight).backward()
      try optimizer.step(rate: 0.1)
    }
    #expect(abs(try weight.scalar() - 1.0125) < 1e-6)
  }

  @Test func withoutGradientsThereIsNothingToClip() throws {
    let optimizer = StochasticGradientDescent(momentum: 0.9)
    try optimizer.addGroup([Tensor.full([2], 1)], weightDecay: 0)
    #expect(try optimizer.clipGradients(maximum: 1) == 0)
  }

  @Test func clippingScalesAllGradientsTogether() throws {
    let optimizer = StochasticGradientDescent(momentum: 0)
    let weights = try [Tensor([3], shape: [1]), Tensor([4], shape: [1])]
    for weight in weights { try weight.setRequiresGradient(true) }
    try optimizer.addGroup(weights, weightDecay: 0)
    for weight in weights { try weight.multiplied(by: weight).multiplied(by: 0.5).backward() }
    #expect(abs(try optimizer.clipGradients(maximum: 1) - 5) < 1e-6)
    let gradients = try weights.compactMap { try $0.gradient() }
    #expect(abs(try gradients[0].scalar() - 0.6) < 1e-5)
    #expect(abs(try gradients[1].scalar() - 0.8) < 1e-5)
  }

  // By hand: .75·1 + .25·5 = 2.
  @Test func aMovingAverageFollowsItsFormula() throws {
    let average = try Tensor([1], shape: [1])
    try MovingAverage.update([average], with: [Tensor([5], shape: [1])], decay: 0.75)
    #expect(try average.scalar() == 2)
  }

  @Test func theSameSeedGivesTheSameNumbers() throws {
    func numbers(_ seed: UInt64) throws -> [Float] {
      let tensor = try Tensor.full([100], 0)
      try TorchGenerator(seed: seed).fillNormal(tensor, deviation: 2)
      return try tensor.floats()
    }
    #expect(try numbers(5) == numbers(5))
    #expect(try numbers(5) != numbers(6))
  }

  @Test func aFailureNamesTheOperationAndLeaksNothing() throws {
    let before = TorchRuntime.liveTensorCount
    do {
      let image = try Tensor.full([1, 3, 4, 4], 1)
      let error = #expect(throws: TorchError.self) {
        _ = try image.convolved(weight: Tensor.full([1, 5, 3, 3], 1), bias: nil)
      }
      #expect(error?.operation == "convolved")
      #expect(error?.message.contains("channels") == true)
    }
    #expect(TorchRuntime.liveTensorCount == before)
  }

  @Test func everyTensorOfAStepIsReleased() throws {
    let before = TorchRuntime.liveTensorCount
    do {
      let weight = try Tensor.full([4, 3, 3, 3], 0.1)
      try weight.setRequiresGradient(true)
      for _ in 0..<3 {
        let output = try Tensor.full([2, 3, 8, 8], 1).convolved(weight: weight, bias: nil).relu()
        try Tensor.backward([output], gradients: [output.emptyLike()])
      }
    }
    #expect(TorchRuntime.liveTensorCount == before)
  }

  @Test func autocastComputesInBfloat16AndEnds() throws {
    let image = try Tensor.full([1, 1, 4, 4], 1)
    let weight = try Tensor.full([1, 1, 1, 1], 1.0009765625)
    let inside = try BFloat16.compute {
      try image.convolved(weight: weight, bias: nil)
    }
    #expect(inside.elementType == .bfloat16)
    #expect(try inside.floats().first == 1)
    #expect(try image.convolved(weight: weight, bias: nil).floats().first == 1.0009765625)
  }

  @Test func floatsOfALossSeamAreShared() throws {
    let tensor = try Tensor.full([2, 2], 1)
    try tensor.withMutableFloats { $0[3] = 7 }
    #expect(try tensor.withFloats { Array($0) } == [1, 1, 1, 7])
    #expect(try tensor.floats() == [1, 1, 1, 7])
    #expect(throws: TorchError.self) { try tensor.permuted([1, 0]).withFloats { _ in } }
  }
}
