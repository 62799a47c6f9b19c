import MultiBox
import Testing

struct SmoothL1Tests {
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
}
