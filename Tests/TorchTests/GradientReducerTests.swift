import Testing

@testable import Torch

/// What each rank sees of a network of three parameters and its data.
private struct Network {
  let weights: [Tensor]
  let frozen: Tensor

  init() throws {
    let random = try TorchGenerator(seed: 5)
    weights = try [[4, 3, 3, 3], [4], [2, 4, 1, 1]].map { shape in
      let weight = try Tensor.full(shape, 0)
      try random.fillNormal(weight, deviation: 1)
      // Kernels lie as convolutions of channels-last maps have them.
      let placed = shape.count == 4 ? try weight.channelsLast() : weight
      let leaf = try placed.cloned()
      try leaf.setRequiresGradient(true)
      return leaf
    }
    frozen = try Tensor.full([3], 1)
  }

  var parameters: [Tensor] { [weights[0], frozen, weights[1], weights[2]] }

  func backward(rank: Int) throws {
    let images = try Tensor.full([2, 3, 6, 6], 0)
    try TorchGenerator(seed: UInt64(rank + 1)).fillNormal(images, deviation: 1)
    let map = try images.convolved(weight: weights[0], bias: weights[1], padding: 1).relu()
    let output = try map.convolved(weight: weights[2], bias: nil)
    try output.smoothL1Sum(to: Tensor.full([2, 2, 6, 6], 0.5), beta: 1).backward()
  }

  func gradients() throws -> [[Float]] { try weights.map { try $0.gradient()?.floats() ?? [] } }
}

/// The gradients of the data of `ranks`, summed by one backward pass after the other.
private func alone(_ ranks: [Int]) throws -> [[Float]] {
  // In a new thread, as a rank is: how many threads LibTorch works with is a property of each
  // thread, another test may have set this one's, and a sum's last bits depend on it.
  try inThreads(1) { _ in
    let network = try Network()
    for rank in ranks { try network.backward(rank: rank) }
    return try network.gradients()
  }[0]
}

struct GradientReducerTests {
  // A sum of two numbers is the same in both orders, so the bits are those of one process that
  // accumulates both.
  @Test(arguments: [1, 64, 1 << 20]) func sumsAreThoseOfOneProcess(bucketByteCount: Int) throws {
    let found = try processes(2) { group in
      let network = try Network()
      let reducer = try GradientReducer(
        parameters: network.parameters, group: group, bucketByteCount: bucketByteCount)
      try reducer.begin()
      try network.backward(rank: group.rank)
      try reducer.finish()
      #expect(try network.frozen.gradient() == nil)
      return try network.gradients()
    }
    let expected = try alone([0, 1])
    #expect(expected.map(\.count) == [108, 4, 8] && expected.joined().contains { $0 != 0 })
    #expect(found == [expected, expected])
  }

  @Test func threeProcessesGiveTheSameBitsInEveryRun() throws {
    func run() throws -> [[[Float]]] {
      try processes(3) { group in
        let network = try Network()
        let reducer = try GradientReducer(
          parameters: network.parameters, group: group, bucketByteCount: 32)
        for _ in 0..<3 {
          try reducer.begin()
          try network.backward(rank: group.rank)
          try reducer.finish()
        }
        return try network.gradients()
      }
    }
    let first = try run()
    #expect(first[0].joined().contains { $0 != 0 })
    #expect(first[1] == first[0] && first[2] == first[0])
    #expect(try run() == first)
  }

  @Test func passesBeforeTheLastAreSummedWithIt() throws {
    let found = try processes(2) { group in
      let network = try Network()
      let reducer = try GradientReducer(parameters: network.parameters, group: group)
      try network.backward(rank: group.rank)
      try reducer.begin()
      try network.backward(rank: group.rank + 2)
      try reducer.finish()
      return try network.gradients()
    }
    let parts = try [[0, 2], [1, 3]].map(alone)
    let expected = zip(parts[0], parts[1]).map { zip($0, $1).map { $0 + $1 } }
    #expect(expected.joined().contains { $0 != 0 })
    #expect(found == [expected, expected])
  }

  @Test func aGradientThatSomeRanksLackCountsAsZero() throws {
    let found = try processes(2) { group in
      let leaves = try (0..<3).map { _ in
        let leaf = try Tensor([1, 2], shape: [2])
        try leaf.setRequiresGradient(true)
        return leaf
      }
      let reducer = try GradientReducer(parameters: leaves, group: group)
      try reducer.begin()
      // The last leaf is nobody's, the second that of rank 1 alone.
      let used = Array(leaves.prefix(group.rank + 1))
      let gradient = try Tensor([3, 4], shape: [2])
      try Tensor.backward(
        used.map { leaf in try leaf.multiplied(by: 2.0) }, gradients: used.map { _ in gradient })
      try reducer.finish()
      return try leaves.map { try $0.gradient()?.floats() ?? [] }
    }
    #expect(found == Array(repeating: [[12, 16], [6, 8], []], count: 2))
  }

  @Test func otherParametersInAnotherProcessAreAnError() throws {
    let found = try processes(2) { group in
      let leaf = try Tensor.full([2 + group.rank], 0)
      try leaf.setRequiresGradient(true)
      let error = #expect(throws: TorchError.self) {
        _ = try GradientReducer(parameters: [leaf], group: group)
      }
      return error?.message ?? ""
    }
    #expect(found[0].hasPrefix("rank 1 sums 1 gradients and rank 0 sums 1, or of other shapes"))
    #expect(found[1] == found[0])
  }

  @Test func misuseIsAnError() throws {
    let found = try processes(1) { group in
      let network = try Network()
      let reducer = try GradientReducer(parameters: network.parameters, group: group)
      let early = #expect(throws: TorchError.self) { try reducer.finish() }
      try reducer.begin()
      try network.backward(rank: 0)
      let twice = #expect(throws: TorchError.self) { try network.backward(rank: 0) }
      return [early?.message ?? "", twice?.message ?? ""]
    }
    #expect(found[0][0].contains("was not begun"))
    #expect(found[0][1].contains("a second backward pass while gradients are summed"))
  }
}
