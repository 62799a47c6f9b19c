import Foundation
import Testing

@testable import MultiBox

/// Goldens: Scripts/goldens/losses.py, torch 2.15.0, torchvision 0.29.2, seed 20261124, float64.
struct BoxLossTests {
  private static let decodedBoxLosses = ["iou", "giou", "diou", "ciou", "eiou"]

  private func boxLoss(_ name: String) throws -> any BoxLoss {
    try #require(LossParts.boxLosses.first { $0.partName == name }).init()
  }

  private struct BoxCase: Decodable {
    struct Answer: Decodable {
      let value: Double
      let gradient: [Double]
    }
    let predicted, target: [Double]
    let iou, giou, diou, ciou, eiou: Answer

    func answer(_ name: String) -> Answer? {
      ["iou": iou, "giou": giou, "diou": diou, "ciou": ciou, "eiou": eiou][name]
    }
  }

  private func box(_ corners: [Double]) -> Box {
    Box(xMin: corners[0], yMin: corners[1], xMax: corners[2], yMax: corners[3])
  }

  // Thirty random pairs, and equal, touching, inner and far boxes, where minima and maxima tie.
  @Test(arguments: decodedBoxLosses) func lossesOnDecodedBoxesAreTheOracles(
    name: String
  ) throws {
    let loss = try boxLoss(name)
    let golden = try Golden<BoxCase>("box-losses")
    #expect(golden.oracle.torchvision == "0.29.2")
    #expect(golden.cases.count == 43)
    for (number, problem) in golden.cases.enumerated() {
      let answer = try #require(problem.answer(name))
      let (predicted, target) = (box(problem.predicted), box(problem.target))
      let value = loss.value(predicted: predicted, target: target)
      #expect(abs(value - answer.value) < 1e-9, "case \(number)")
      let gradient = loss.gradient(predicted: predicted, target: target)
      let found = [gradient.xMin, gradient.yMin, gradient.xMax, gradient.yMax]
      for (found, expected) in zip(found, answer.gradient) {
        #expect(abs(found - expected) < 1e-8 * max(1, abs(expected)), "case \(number)")
      }
    }
  }

  // Away from ties; h = 1e-5.
  @Test(arguments: LossParts.boxLosses.map { $0.partName })
  func gradientsOfDecodedBoxesAreDerivatives(name: String) throws {
    let loss = try boxLoss(name)
    var numbers = SeededNumbers(5)
    for _ in 0..<200 {
      let (predicted, target) = (numbers.box(), numbers.box())
      let gradient = loss.gradient(predicted: predicted, target: target)
      // CIoU's α is a constant in the gradient: the difference quotient holds it, too.
      let weight = ciouWeight(predicted, target)
      func value(_ box: Box) -> Double {
        guard name == "ciou" else { return loss.value(predicted: box, target: target) }
        return DIoULoss().value(predicted: box, target: target)
          + weight * shapeTerm(box, target)
      }
      let sides: [(WritableKeyPath<Box, Double>, Double)] = [
        (\.xMin, gradient.xMin), (\.yMin, gradient.yMin), (\.xMax, gradient.xMax),
        (\.yMax, gradient.yMax),
      ]
      for (side, derivative) in sides {
        var (above, below) = (predicted, predicted)
        above[keyPath: side] += 1e-6
        below[keyPath: side] -= 1e-6
        let difference = (value(above) - value(below)) / 2e-6
        #expect(abs(difference - derivative) < 1e-6 * max(1, abs(derivative)))
      }
    }
  }

  private func shapeTerm(_ a: Box, _ b: Box) -> Double {
    let difference = atan(b.width / b.height) - atan(a.width / a.height)
    return 4 / (Double.pi * Double.pi) * difference * difference
  }

  private func ciouWeight(_ a: Box, _ b: Box) -> Double {
    let shape = shapeTerm(a, b)
    return shape / (1 - a.intersectionOverUnion(b) + shape)
  }

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
        let h = 1e-6
        let difference = (loss.value(x + h) - loss.value(x - h)) / (2 * h)
        #expect(abs(difference - loss.derivative(x)) < 1e-5, "\(loss) at \(x)")
      }
      #expect(SmoothL1(beta: 0).value(x) == L1().value(x))
    }
  }

  @Test func equalBoxesCostNothing() {
    let box = Box(xMin: 0.2, yMin: 0.3, xMax: 0.7, yMax: 0.6)
    for loss in LossParts.boxLosses.map({ $0.init() }) {
      #expect(abs(loss.value(predicted: box, target: box)) < 1e-5, "\(loss)")
    }
  }

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

  @Test func theFocalLossNeverLeavesTheNumbers() {
    for logit: Float in [-1000, -90, 90, 1000] {
      for isRightClass in [true, false] {
        let loss = FocalLoss()
        #expect(loss.value(ofLogit: logit, isRightClass: isRightClass).isFinite)
        #expect(loss.derivative(ofLogit: logit, isRightClass: isRightClass).isFinite)
      }
    }
  }
}
