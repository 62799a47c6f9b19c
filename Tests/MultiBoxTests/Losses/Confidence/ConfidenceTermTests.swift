import Foundation
import TestSupport
import Testing

@testable import MultiBox

/// Goldens: Scripts/goldens/terms.py, mmdet 3.3.0, torch 2.15.0, seed 20261127, float64.
struct ConfidenceTermTests {
  private struct Case: Decodable {
    struct Row: Decodable {
      let logits, gradient: [Double]
      let label: Int
      let quality, value: Double
    }
    struct Residual: Decodable { let residual, value, derivative: Double }
    struct Pair: Decodable {
      let predicted, target, gradient: [Double]
      let value: Double
    }
    let term: String
    let parameters: [String: Double]
    let rows: [Row]?
    let residuals: [Residual]?
    let boxes: [Pair]?
  }

  @Test func termsAreThePublishedOnes() throws {
    let cases = try Golden<Case>("terms").cases
    #expect(cases.count == 14)
    var rows = 0
    for problem in cases {
      let of = problem.parameters
      let term: any ConfidenceTerm
      switch problem.term {
      case "qualityFocal": term = .qualityFocal(beta: try #require(of["beta"]))
      case "varifocal":
        term = .varifocal(alpha: try #require(of["alpha"]), gamma: try #require(of["gamma"]))
      case "sigmoid": term = .sigmoid()
      default: continue
      }
      for row in try #require(problem.rows) {
        let target = ConfidenceTarget(label: row.label, quality: row.quality)
        let value = term.value(row.logits.span, target)
        #expect(
          abs(value - row.value) <= 1e-12 * max(1, abs(row.value)), "\(term), \(row)")
        var gradient = [Double](repeating: 1, count: row.logits.count)
        var span = gradient.mutableSpan
        term.addGradient(row.logits.span, target, scale: 2, to: &span)
        for (found, expected) in zip(gradient, row.gradient) {
          #expect(abs(found - 1 - 2 * expected) <= 1e-12 * max(1, abs(expected)), "\(term), \(row)")
        }
        rows += 1
      }
    }
    #expect(rows == 240)
  }

  @Test func lossesOfOffsetsAreThePublishedOnes() throws {
    var residuals = 0
    for problem in try Golden<Case>("terms").cases {
      let loss: any OffsetLoss
      switch problem.term {
      case "halfSquare": loss = .halfSquare
      // Another β is mmdet's alone, and there no primitive of its own derivative.
      case "balancedL1" where problem.parameters["beta"] == 1:
        loss = .balancedL1(
          alpha: try #require(problem.parameters["alpha"]),
          gamma: try #require(problem.parameters["gamma"]))
      default: continue
      }
      for golden in try #require(problem.residuals) {
        #expect(abs(loss.value(golden.residual) - golden.value) < 1e-12, "\(loss), \(golden)")
        #expect(
          abs(loss.derivative(golden.residual) - golden.derivative) < 1e-12, "\(loss), \(golden)")
        residuals += 1
      }
    }
    #expect(residuals == 72)
  }

  @Test func lossesOfBoxesAreThePublishedOnes() throws {
    func box(_ corners: [Double]) -> Box {
      Box(xMin: corners[0], yMin: corners[1], xMax: corners[2], yMax: corners[3])
    }
    var pairs = 0
    for problem in try Golden<Case>("terms").cases {
      let loss: any BoxLoss
      switch problem.term {
      case "siou": loss = .siou
      case "negativeLogIoU": loss = .logIoU
      default: continue
      }
      for (number, pair) in try #require(problem.boxes).enumerated() {
        let (predicted, target) = (box(pair.predicted), box(pair.target))
        let value = loss.value(predicted: predicted, target: target)
        #expect(abs(value - pair.value) < 1e-9, "\(loss), case \(number)")
        let gradient = loss.gradient(predicted: predicted, target: target)
        let found = [gradient.xMin, gradient.yMin, gradient.xMax, gradient.yMax]
        for (found, expected) in zip(found, pair.gradient) {
          #expect(
            abs(found - expected) < 1e-8 * max(1, abs(expected)), "\(loss), case \(number)")
        }
        pairs += 1
      }
    }
    #expect(pairs == 78)
  }

  // The quality is a constant.
  @Test(arguments: AllParts.confidences) func gradientsAreDerivatives(name: String) throws {
    let term = try AllParts.confidence(name)
    var numbers = SeededNumbers(7)
    for _ in 0..<200 {
      let logits = numbers.doubles(numbers.integer(2...6), -5...5)
      let label = numbers.integer(0...logits.count - 1)
      let target = ConfidenceTarget(
        label: label, quality: label == 0 ? 1 : numbers.number(0...1))
      var gradient = [Double](repeating: 0, count: logits.count)
      var span = gradient.mutableSpan
      term.addGradient(logits.span, target, scale: 1, to: &span)
      let check = GradientCheck(gradient, at: logits) { term.value($0.span, target) }
      #expect(check.isRight, "\(term), \(target): \(check.largestError)")
    }
  }

  // By hand: where a term is sure and right nothing pulls, where it is sure and wrong the pull of
  // a cross entropy is its weight.
  @Test(arguments: [0.0, 1, 2]) func derivativesAtInfinityAreTheirLimits(gamma: Double) throws {
    let focal = FocalLoss(alpha: 0.25, gamma: gamma)
    #expect(focal.derivative(ofLogit: Double.infinity, isRightClass: true) == 0)
    #expect(focal.derivative(ofLogit: -Double.infinity, isRightClass: true) == -0.25)
    #expect(focal.derivative(ofLogit: Double.infinity, isRightClass: false) == 0.75)
    #expect(focal.derivative(ofLogit: -Double.infinity, isRightClass: false) == 0)
    for term: any ConfidenceTerm in [
      .focal(gamma: gamma), .qualityFocal(beta: gamma), .varifocal(gamma: gamma), .sigmoid(),
    ] {
      for label in 0...2 {
        for quality in [0, 0.5, 1] {
          func gradient(_ large: Double) -> [Double] {
            let logits = [0, large, -large]
            var gradient = [0.0, 0, 0]
            var span = gradient.mutableSpan
            term.addGradient(
              logits.span, ConfidenceTarget(label: label, quality: label == 0 ? 1 : quality),
              scale: 1, to: &span)
            return gradient
          }
          // e⁻¹⁰⁰ is 4e-44: nothing is left of what still changes.
          let differences = zip(gradient(.infinity), gradient(100)).map { abs($0 - $1) }
          #expect(differences.allSatisfy { $0 < 1e-12 }, "\(term), \(label), \(quality)")
        }
      }
    }
  }
}
