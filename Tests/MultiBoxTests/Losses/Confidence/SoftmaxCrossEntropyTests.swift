import MultiBox
import TestSupport
import Testing

struct SoftmaxCrossEntropyTests {
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

  @Test func theCrossEntropyGradientIsItsDerivative() {
    var numbers = SeededNumbers(8)
    for count in 2...20 {
      let logits = numbers.doubles(count, -4...4)
      let label = numbers.integer(0...count - 1)
      var gradient = [Double](repeating: 0, count: count)
      logits.withUnsafeBufferPointer { logits in
        gradient.withUnsafeMutableBufferPointer {
          SoftmaxCrossEntropy.addGradient(logits, label: label, scale: 1, to: $0)
        }
      }
      let check = GradientCheck(gradient, at: logits) {
        $0.withUnsafeBufferPointer { SoftmaxCrossEntropy.value($0, label: label) }
      }
      #expect(check.isRight, "\(count) logits: \(check.largestError)")
    }
  }
}
