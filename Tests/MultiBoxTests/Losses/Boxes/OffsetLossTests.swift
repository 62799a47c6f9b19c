import MultiBox
import TestSupport
import Testing

struct OffsetLossTests {
  // By hand: L1 −2 → 2, −1; L2 −2 → 4, −4; smooth L1 with β = 0 is L1; derivatives at 0 are 0.
  @Test func lossesOfResiduals() {
    #expect(L1().value(-2.0) == 2 && L1().derivative(-2.0) == -1 && L1().derivative(0.5) == 1)
    #expect(L1().derivative(0.0) == 0)
    #expect(L2().value(-2.0) == 4 && L2().derivative(-2.0) == -4 && L2().derivative(0.0) == 0)
    #expect(L1().derivative(Double.nan).isNaN)
    var numbers = SeededNumbers(6)
    for _ in 0..<100 {
      let x = numbers.number(-3...3)
      let losses: [any OffsetLoss] = [
        .l1, .l2, .smoothL1(beta: 0.7), .halfSquare, .balancedL1(),
        .balancedL1(alpha: 0.3, gamma: 2),
      ]
      for loss in losses {
        let check = GradientCheck([loss.derivative(x)], at: [x], step: 1e-6) { loss.value($0[0]) }
        #expect(check.largestError < 1e-6, "\(loss) at \(x): \(check.largestError)")
      }
      #expect(SmoothL1(beta: 0).value(x) == L1().value(x))
    }
  }
}
