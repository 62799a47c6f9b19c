import Testing
import Torch

struct AdamWTests {
  private static func weight(_ values: [Float]) throws -> Tensor {
    let weight = try Tensor(values, shape: [values.count])
    try weight.setRequiresGradient(true)
    return weight
  }

  private static func step(_ optimizer: AdamW, _ weight: Tensor, _ gradient: [Float]) throws {
    try optimizer.clearGradients()
    try Tensor.backward([weight], gradients: [Tensor(gradient, shape: weight.shape)])
    try optimizer.step(rate: 0.1)
  }

  // torch 2.15.0, torch.optim.AdamW in float64: Scripts/goldens/adamw.py.
  private static let gradients: [[Float]] = [
    [6, -0.25, 0, 1e-8], [-4, -0.5, 0, 2e-8], [0.5, 8, 0, -1e-8], [0, 1e-3, 0, 0],
  ]
  private static let golden: [[Float]] = [
    [2.75, -0.375000004, 0.2375, 1.85],
    [2.598047947, -0.259731804, 0.225625, 1.698372011],
    [2.452578384, -0.305273703, 0.21434375, 1.588845149],
    [2.31719779, -0.337960245, 0.203626562, 1.490461327],
  ]

  @Test func stepsAreThoseOfPyTorch() throws {
    let weight = try Self.weight([3, -0.5, 0.25, 2])
    let optimizer = AdamW()
    try optimizer.addGroup([weight], weightDecay: 0.5)
    for (gradient, expected) in zip(Self.gradients, Self.golden) {
      try Self.step(optimizer, weight, gradient)
      for (found, value) in zip(try weight.floats(), expected) {
        #expect(abs(found - value) < 2e-6, "\(found), expected \(value)")
      }
    }
    #expect(optimizer.stepCount == 4)
  }

  // By hand: the first step is rate · g / |g| whatever g is, so 3 · (1 − .1 · .5) − .1 with decay
  // and 3 − .1 without; then m = .9 · .6 + .1 · 6 = 1.14 and s = .999 · .036 + .001 · 36 = .071964.
  @Test func groupsHaveDecaysOfTheirOwnAndParametersMeans() throws {
    let weights = try [Self.weight([3]), Self.weight([3]), Self.weight([3])]
    let optimizer = AdamW()
    try optimizer.addGroup([weights[0]], weightDecay: 0.5)
    try optimizer.addGroup([weights[1], weights[2]], weightDecay: 0)
    for step in 1...2 {
      try optimizer.clearGradients()
      // The third has none, and is left alone.
      try Tensor.backward(
        [weights[0], weights[1]], gradients: [Tensor([6], shape: [1]), Tensor([6], shape: [1])])
      try optimizer.step(rate: 0.1)
      if step == 1 {
        #expect(abs(try weights[0].scalar() - 2.75) < 1e-6)
        #expect(abs(try weights[1].scalar() - 2.9) < 1e-6)
      }
    }
    #expect(try weights[2].scalar() == 3)
    let state = Dictionary(uniqueKeysWithValues: optimizer.state.map { ($0.name, $0.tensor) })
    #expect(
      Set(state.keys) == [
        "means.0.0", "means.1.0", "means.1.1", "squares.0.0", "squares.1.0", "squares.1.1",
      ])
    #expect(abs(try #require(state["means.1.0"]).scalar() - 1.14) < 1e-6)
    #expect(abs(try #require(state["squares.1.0"]).scalar() - 0.071964) < 1e-7)
    #expect(try #require(state["squares.1.1"]).scalar() == 0)
  }

  // State and number of steps are all that there is: the other goes on with the same bits.
  @Test func stateAndStepsMakeAnotherGoOn() throws {
    let first = try Self.weight([3, -0.5, 0.25, 2])
    let optimizer = AdamW()
    try optimizer.addGroup([first], weightDecay: 0.5)
    for gradient in Self.gradients.prefix(2) { try Self.step(optimizer, first, gradient) }
    let second = try Self.weight(first.floats())
    let other = AdamW()
    try other.addGroup([second], weightDecay: 0.5)
    for (target, source) in zip(other.state, optimizer.state) {
      try target.tensor.assign(source.tensor)
    }
    other.stepCount = optimizer.stepCount
    for gradient in Self.gradients.suffix(2) {
      try Self.step(optimizer, first, gradient)
      try Self.step(other, second, gradient)
    }
    #expect(try first.floats() == second.floats())
    #expect(abs(try first.floats()[0] - Self.golden[3][0]) < 2e-6)
  }
}
