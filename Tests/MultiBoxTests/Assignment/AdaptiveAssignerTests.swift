import Foundation
import TestSupport
import Testing

@testable import MultiBox

/// ATSS and task-aligned assignment: against mmdet 3.3.0 (Scripts/goldens/assigners.py, seed
/// 20261126) and against references of their rules on random problems.
struct AdaptiveAssignerTests {
  private struct Problem: Decodable {
    struct Answer: Decodable {
      let objects: [Int]
      let targets: [Double]?
    }
    let defaultBoxes, logits, offsets: [Double]
    let counts, classes: [Int]
    let objects: [[Double]]
    let k, topK: Int
    let alpha, beta: Double
    let score: String
    let atss, taskAligned: Answer

    func boxes() throws -> DefaultBoxes {
      try DefaultBoxes(
        stride(from: 0, to: defaultBoxes.count, by: 4).map {
          CenterBox(
            cx: defaultBoxes[$0], cy: defaultBoxes[$0 + 1], width: defaultBoxes[$0 + 2],
            height: defaultBoxes[$0 + 3])
        }, featureMapCounts: counts)
    }

    var labeled: [LabeledBox] {
      zip(objects, classes).map {
        LabeledBox(
          box: Box(xMin: $0[0], yMin: $0[1], xMax: $0[2], yMax: $0[3]), classIndex: $1)
      }
    }
  }

  private func problems() throws -> [Problem] {
    let cases = try Golden<Problem>("assigners").cases
    #expect(cases.count == 9)
    return cases
  }

  @Test func atssIsThePublishedOne() throws {
    var positives = 0
    for (number, problem) in try problems().enumerated() {
      let assignment = ATSSAssigner(candidatesPerMap: problem.k).assignment(
        of: problem.labeled, to: try problem.boxes(), predictions: nil)
      #expect(
        assignment.objects == problem.atss.objects.map { $0 < 0 ? nil : $0 }, "case \(number)")
      #expect(!assignment.hasQualities && assignment.matches.allSatisfy { $0.quality == 1 })
      positives += assignment.positiveCount
    }
    #expect(positives > 50)
  }

  /// Assigns one image through the loss, which hands the predictions on.
  private func taskAligned(
    _ assigner: TaskAlignedAssigner, _ objects: [LabeledBox], _ boxes: DefaultBoxes,
    logits: [Double], offsets: [Double], isSoftmax: Bool
  ) throws -> BoxAssignment {
    let loss =
      isSoftmax
      ? MultiBoxLoss(assigner: assigner)
      : MultiBoxLoss(assigner: assigner, confidence: .qualityFocal())
    return try loss.assignments(
      logits: logits, offsets: offsets, groundTruth: [objects], defaultBoxes: boxes)[0]
  }

  @Test func taskAlignedIsThePublishedOne() throws {
    var positives = 0
    for (number, problem) in try problems().enumerated() {
      let assignment = try taskAligned(
        TaskAlignedAssigner(
          alpha: problem.alpha, beta: problem.beta, candidateCount: problem.topK),
        problem.labeled, problem.boxes(), logits: problem.logits, offsets: problem.offsets,
        isSoftmax: problem.score == "softmax")
      let answer = problem.taskAligned
      #expect(assignment.objects == answer.objects.map { $0 < 0 ? nil : $0 }, "case \(number)")
      #expect(assignment.hasQualities)
      for match in assignment.matches {
        let target = try #require(answer.targets)[match.defaultBox]
        #expect(abs(match.quality - target) < 1e-9, "case \(number), \(match)")
      }
      positives += assignment.positiveCount
    }
    #expect(positives > 50)
  }

  /// Three maps of one box and more a cell, at random.
  private func defaultBoxes(_ numbers: inout SeededNumbers) throws -> DefaultBoxes {
    var centers: [CenterBox] = []
    var counts: [Int] = []
    for side in [numbers.integer(3...6), numbers.integer(2...3), 1] {
      let shapes = numbers.integer(1...3)
      for cell in 0..<side * side {
        for _ in 0..<shapes {
          let size = 1 / Double(side)
          centers.append(
            CenterBox(
              cx: (Double(cell % side) + 0.5) * size, cy: (Double(cell / side) + 0.5) * size,
              width: size * numbers.number(0.6...2.4), height: size * numbers.number(0.6...2.4)))
        }
      }
      counts.append(side * side * shapes)
    }
    return try DefaultBoxes(centers, featureMapCounts: counts)
  }

  private func objects(_ numbers: inout SeededNumbers, classes: Int) -> [LabeledBox] {
    (0..<numbers.integer(0...5)).map { _ in
      LabeledBox(box: numbers.box(), classIndex: numbers.integer(1...classes))
    }
  }

  private func isInside(_ center: CenterBox, _ box: Box) -> Bool {
    center.cx > box.xMin && center.cx < box.xMax && center.cy > box.yMin && center.cy < box.yMax
  }

  /// Of the objects that a default box is positive for, the one that ranks highest, the first at
  /// ties.
  private func resolved(_ ranks: [[Int: Double]], count: Int) -> [Int?] {
    (0..<count).map { box in
      var best: (object: Int, rank: Double)?
      for (object, ofObject) in ranks.enumerated() {
        if let rank = ofObject[box], rank > best?.rank ?? -1 { best = (object, rank) }
      }
      return best?.object
    }
  }

  @Test func atssFollowsItsRuleOnRandomProblems() throws {
    var numbers = SeededNumbers(31)
    for _ in 0..<1000 {
      let boxes = try defaultBoxes(&numbers)
      let objects = objects(&numbers, classes: 2)
      let k = numbers.integer(1...12)
      let ranks = objects.map { object -> [Int: Double] in
        let center = CenterBox(object.box)
        func squaredDistance(_ index: Int) -> Double {
          let (dx, dy) = (boxes.centers[index].cx - center.cx, boxes.centers[index].cy - center.cy)
          return dx * dx + dy * dy
        }
        let candidates = boxes.featureMapRanges.flatMap { range in
          range.sorted { (squaredDistance($0), $0) < (squaredDistance($1), $1) }.prefix(k)
        }
        let overlaps = candidates.map { boxes.corners[$0].intersectionOverUnion(object.box) }
        let mean = overlaps.reduce(0, +) / Double(overlaps.count)
        let squares = overlaps.map { ($0 - mean) * ($0 - mean) }
        let variance = squares.reduce(0, +) / Double(overlaps.count - 1)
        return Dictionary(
          uniqueKeysWithValues: zip(candidates, overlaps).filter {
            $1 >= mean + variance.squareRoot() && isInside(boxes.centers[$0], object.box)
          })
      }
      let assignment = ATSSAssigner(candidatesPerMap: k).assignment(
        of: objects, to: boxes, predictions: nil)
      #expect(assignment.objects == resolved(ranks, count: boxes.count))
      #expect(assignment.ownedDefaultBoxes == objects.map { _ in nil })
    }
  }

  @Test func taskAlignedFollowsItsRuleOnRandomProblems() throws {
    var numbers = SeededNumbers(32)
    for _ in 0..<1000 {
      let boxes = try defaultBoxes(&numbers)
      let objects = objects(&numbers, classes: 2)
      let logits = numbers.doubles(boxes.count * 3, -3...3)
      let offsets = numbers.doubles(boxes.count * 4, -1...1)
      let (alpha, beta) = (numbers.number(0.5...2), numbers.number(1...6))
      let k = numbers.integer(1...15)
      let coder = BoxCoder()
      let decoded = (0..<boxes.count).map {
        Box(
          coder.decoded(
            BoxOffsets(
              cx: offsets[4 * $0], cy: offsets[4 * $0 + 1], width: offsets[4 * $0 + 2],
              height: offsets[4 * $0 + 3]), relativeTo: boxes.centers[$0]))
      }
      func overlap(_ box: Int, _ object: LabeledBox) -> Double {
        decoded[box].intersectionOverUnion(object.box)
      }
      func alignment(_ box: Int, _ object: LabeledBox) -> Double {
        let score = 1 / (1 + exp(-logits[3 * box + object.classIndex]))
        return pow(score, alpha) * pow(overlap(box, object), beta)
      }
      let ranks = objects.map { object in
        let best = (0..<boxes.count).map { (-alignment($0, object), $0) }.sorted { $0 < $1 }
        return Dictionary(
          uniqueKeysWithValues: best.prefix(k).filter {
            $0.0 < 0 && isInside(boxes.centers[$0.1], object.box)
          }.map { ($0.1, overlap($0.1, object)) })
      }
      let assignment = try taskAligned(
        TaskAlignedAssigner(alpha: alpha, beta: beta, candidateCount: k), objects, boxes,
        logits: logits, offsets: offsets, isSoftmax: false)
      #expect(assignment.objects == resolved(ranks, count: boxes.count))
      for match in assignment.matches {
        let object = objects[match.object]
        let siblings = assignment.matches.filter { $0.object == match.object }.map(\.defaultBox)
        let largest = siblings.map { alignment($0, object) }.max() ?? 0
        let best = siblings.map { overlap($0, object) }.max() ?? 0
        let expected = alignment(match.defaultBox, object) / (largest + 1e-7) * best
        #expect(abs(match.quality - expected) < 1e-12)
      }
    }
  }
}
