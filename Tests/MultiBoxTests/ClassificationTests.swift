import MultiBox
import Testing

struct HardNegativeMiningTests {
  private func reference(_ losses: [Double], _ positives: Set<Int>, _ count: Int) -> [Int] {
    losses.indices.filter { !positives.contains($0) }
      .sorted { (losses[$1], $0) < (losses[$0], $1) }.prefix(count).sorted()
  }

  @Test(arguments: [3, 1000]) func theHardestAreChosenTiesToTheLowerIndex(levels: Int) {
    var numbers = SeededNumbers(UInt64(levels))
    for _ in 0..<1000 {
      let size = numbers.integer(1...60)
      let losses = (0..<size).map { _ in Double(numbers.integer(0...levels)) / 7 }
      let positives = Set((0..<size).filter { _ in numbers.integer(0...3) == 0 })
      let count = numbers.integer(0...size - positives.count)
      let chosen = HardNegativeMining().negatives(
        losses: losses, isExcluded: positives.contains, count: count)
      #expect(chosen == reference(losses, positives, count))
    }
  }

  // By hand: min(max(⌊ratio · P⌋, minimum), D − P).
  @Test(arguments: [
    (3.0, 0, 2, 100, 6), (3, 0, 0, 100, 0), (3, 5, 0, 100, 5), (3, 0, 40, 100, 60),
    (0.5, 0, 3, 100, 1), (.infinity, 2, 0, 100, 2), (.infinity, 0, 1, 100, 99),
    (3, 200, 1, 100, 99), (1e300, 0, 1, 100, 99), (0, 0, 5, 100, 0),
  ])
  func theCountFollowsTheFormula(
    ratio: Double, minimum: Int, positives: Int, boxes: Int, expected: Int
  ) {
    let mining = HardNegativeMining(negativesPerPositive: ratio, minimumNegatives: minimum)
    #expect(mining.count(positives: positives, background: boxes - positives) == expected)
  }

  @Test func notANumberIsHardest() {
    let chosen = HardNegativeMining().negatives(
      losses: [1, .nan, 3, .infinity], isExcluded: { _ in false }, count: 2)
    #expect(chosen == [1, 3])
  }
}

struct LossFunctionTests {
  // By hand: 0.5x² / β below β, |x| − β / 2 from it on.
  @Test(arguments: [
    (1.0, 0.0, 0.0, 0.0), (1, 0.5, 0.125, 0.5), (1, -0.5, 0.125, -0.5), (1, 1, 0.5, 1),
    (1, -3, 2.5, -1), (0.5, 0.25, 0.0625, 0.5), (0.5, 2, 1.75, 1), (0, 2, 2, 1), (0, 0, 0, 0),
  ])
  func smoothL1IsItsFormula(beta: Double, x: Double, value: Double, derivative: Double) {
    let loss = SmoothL1(beta: beta)
    #expect(loss.value(x) == value)
    #expect(loss.derivative(x) == derivative)
  }

  @Test func smoothL1PassesNotANumberOn() {
    #expect(SmoothL1().value(Float.nan).isNaN)
    #expect(SmoothL1().derivative(Float.nan).isNaN)
  }

  @Test func theSoftmaxDoesNotOverflow() {
    let logits: [Float] = [1000, 0, -1000]
    logits.withUnsafeBufferPointer { logits in
      #expect(SoftmaxCrossEntropy.value(logits, label: 0) == 0)
      #expect(SoftmaxCrossEntropy.value(logits, label: 2) == 2000)
    }
  }

  // By hand: two logits that are equal share the probability but for e⁻¹⁰⁰⁰⁰, so each has ½ and
  // −log ½ = log 2, at any size; three of them log 3.
  @Test(arguments: [1e4, 2e7, 3e30] as [Float]) func theSoftmaxIsExactAtLogitsOfAnySize(size: Float)
  {
    let logits: [Float] = [size, size, 0]
    var gradient: [Float] = [0, 0, 0]
    logits.withUnsafeBufferPointer { logits in
      #expect(abs(SoftmaxCrossEntropy.value(logits, label: 0) - 0.693_147_18) < 1e-7)
      gradient.withUnsafeMutableBufferPointer {
        SoftmaxCrossEntropy.addGradient(logits, label: 0, scale: 1, to: $0)
      }
    }
    #expect(gradient == [-0.5, 0.5, 0])
    let threeEqual: [Float] = [-size, -size, -size]
    threeEqual.withUnsafeBufferPointer {
      #expect(abs(SoftmaxCrossEntropy.value($0, label: 1) - 1.098_612_29) < 1e-6)
    }
  }

  @Test(
    arguments: [[.nan, 0], [0, .nan], [.infinity, 0], [-.infinity, -.infinity]] as [[Float]])
  func aRowWithoutProbabilitiesIsNotANumber(logits: [Float]) {
    var gradient: [Float] = [0, 0]
    logits.withUnsafeBufferPointer { logits in
      for label in 0...1 { #expect(SoftmaxCrossEntropy.value(logits, label: label).isNaN) }
      gradient.withUnsafeMutableBufferPointer {
        SoftmaxCrossEntropy.addGradient(logits, label: 0, scale: 1, to: $0)
      }
    }
    #expect(gradient.allSatisfy { $0.isNaN })
  }

  // By hand: e^−∞ is 0, so the other class has all of the probability.
  @Test func aLogitOfMinusInfinityHasNoProbability() {
    let logits: [Float] = [-.infinity, 3]
    logits.withUnsafeBufferPointer { logits in
      #expect(SoftmaxCrossEntropy.value(logits, label: 0) == .infinity)
      #expect(SoftmaxCrossEntropy.value(logits, label: 1) == 0)
    }
  }

  // Central differences, h = 1e-5.
  @Test func theCrossEntropyGradientIsItsDerivative() {
    var numbers = SeededNumbers(8)
    for count in 2...20 {
      var logits = (0..<count).map { _ in numbers.number(-4...4) }
      let label = numbers.integer(0...count - 1)
      var gradient = [Double](repeating: 0, count: count)
      logits.withUnsafeBufferPointer { logits in
        gradient.withUnsafeMutableBufferPointer {
          SoftmaxCrossEntropy.addGradient(logits, label: label, scale: 1, to: $0)
        }
      }
      for index in 0..<count {
        let original = logits[index]
        func value(_ shift: Double) -> Double {
          logits[index] = original + shift
          defer { logits[index] = original }
          return logits.withUnsafeBufferPointer { SoftmaxCrossEntropy.value($0, label: label) }
        }
        let difference = (value(1e-5) - value(-1e-5)) / 2e-5
        #expect(abs(difference - gradient[index]) < 1e-7 * max(1, abs(gradient[index])))
      }
    }
  }
}
