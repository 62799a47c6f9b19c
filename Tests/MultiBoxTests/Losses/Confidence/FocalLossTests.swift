import TestSupport
import Testing

@testable import MultiBox

/// Goldens: Scripts/goldens/losses.py, torch 2.15.0, torchvision 0.29.2, seed 20261124, float64.
struct FocalLossTests {
  private struct FocalCase: Decodable {
    let alpha, gamma, logit, value, derivative: Double
    let isRightClass: Bool
  }

  @Test func theFocalLossIsTorchvisions() throws {
    let golden = try Golden<FocalCase>("focal")
    #expect(golden.cases.count == 70)
    for problem in golden.cases {
      let loss = FocalLoss(alpha: problem.alpha, gamma: problem.gamma)
      let value = loss.value(
        ofLogit: problem.logit, isRightClass: problem.isRightClass)
      #expect(abs(value - problem.value) < 1e-9 * max(1, abs(problem.value)))
      let derivative = loss.derivative(
        ofLogit: problem.logit, isRightClass: problem.isRightClass)
      #expect(abs(derivative - problem.derivative) < 1e-9, "\(problem)")
    }
  }

  // By hand: far out a term that is sure and right is 0, one that is sure and wrong a straight line
  // of its weight, α = .25 for the right class and .75 for others.
  @Test func theFocalLossNeverLeavesTheNumbers() {
    for logit: Float in [-1000, -90, 90, 1000] {
      for (isRightClass, weight) in [(true, 0.25), (false, 0.75)] as [(Bool, Float)] {
        let loss = FocalLoss()
        let isWrong = (logit < 0) == isRightClass
        let value = loss.value(ofLogit: logit, isRightClass: isRightClass)
        #expect(abs(value - (isWrong ? weight * abs(logit) : 0)) <= 1e-6 * abs(logit))
        let slope = loss.derivative(ofLogit: logit, isRightClass: isRightClass)
        #expect(abs(slope - (isWrong ? (isRightClass ? -weight : weight) : 0)) <= 1e-6)
      }
    }
  }
}
