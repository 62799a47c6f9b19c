import Foundation
import TestSupport
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

  // Away from ties; h = 1e-6, because a box of a hundredth is near one everywhere.
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
      let check = GradientCheck(
        [gradient.xMin, gradient.yMin, gradient.xMax, gradient.yMax],
        at: [predicted.xMin, predicted.yMin, predicted.xMax, predicted.yMax], step: 1e-6
      ) { value(box($0)) }
      #expect(check.largestError < 1e-6, "\(loss), \(predicted), \(target)")
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

  @Test func equalBoxesCostNothing() {
    let box = Box(xMin: 0.2, yMin: 0.3, xMax: 0.7, yMax: 0.6)
    for loss in LossParts.boxLosses.map({ $0.init() }) {
      #expect(abs(loss.value(predicted: box, target: box)) < 1e-5, "\(loss)")
    }
  }
}
