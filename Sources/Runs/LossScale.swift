/// The factor of the loss's gradient that keeps a network's gradients in float16, whose numbers
/// end at 6e-8 below and 65504 above.
///
/// The backward pass begins with the gradient times the factor, and what arrives at the weights is
/// divided by it. The factor is doubled after 2000 steps of finite gradients, and halved by one
/// that is not finite, whose step is left out. It is a power of two: a factor alone rounds nothing.
///
/// Where processes sum their gradients, an overflow of one is in the sum, so all of them have the
/// same factor.
package struct LossScale: Codable, Hashable, Sendable {
  /// The factor of the next step.
  package private(set) var factor: Double
  /// Steps of finite gradients since it was changed.
  package private(set) var finiteSteps = 0
  /// Steps that were left out so far.
  package private(set) var skippedSteps = 0

  /// Steps of finite gradients that double the factor.
  static let growthInterval = 2000
  /// Without a factor it is the weights that have grown too far, and at the largest one nothing is
  /// too small: float16's smallest number is 2⁻²⁴.
  static let factors = 1.0...0x1p24

  /// Begins as is usual.
  ///
  /// - Parameter factor: a power of two.
  package init(factor: Double = 0x1p16) {
    self.factor = factor
  }

  /// Nothing is left to halve: the gradient has overflowed by itself.
  package var isExhausted: Bool { factor <= Self.factors.lowerBound }

  /// Takes note of a step.
  ///
  /// - Parameter isFinite: all of its gradients are, in all processes.
  package mutating func record(isFinite: Bool) {
    guard isFinite else {
      factor = max(factor / 2, Self.factors.lowerBound)
      finiteSteps = 0
      skippedSteps += 1
      return
    }
    finiteSteps += 1
    guard finiteSteps == Self.growthInterval else { return }
    if factor < Self.factors.upperBound { factor *= 2 }
    finiteSteps = 0
  }
}
