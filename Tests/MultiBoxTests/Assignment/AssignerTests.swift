import MultiBox
import TestSupport
import Testing

struct AssignerTests {
  /// The rules, word by word: all pairs by falling IoU, then what is free.
  private func reference(_ groundTruth: [Box], _ defaults: [Box], threshold: Double) -> [Int?] {
    var pairs: [(overlap: Double, box: Int, object: Int)] = []
    for (object, truth) in groundTruth.enumerated() {
      for (box, other) in defaults.enumerated() {
        pairs.append((other.intersectionOverUnion(truth), box, object))
      }
    }
    let sorted = pairs.filter { $0.overlap > 1e-6 }.sorted {
      ($1.overlap, $0.box, $0.object) < ($0.overlap, $1.box, $1.object)
    }
    var match = [Int?](repeating: nil, count: defaults.count)
    var owners: Set<Int> = []
    for pair in sorted where match[pair.box] == nil && !owners.contains(pair.object) {
      match[pair.box] = pair.object
      owners.insert(pair.object)
    }
    for box in defaults.indices where match[box] == nil {
      let best = groundTruth.indices.max {
        let a = defaults[box].intersectionOverUnion(groundTruth[$0])
        let b = defaults[box].intersectionOverUnion(groundTruth[$1])
        return (a, $1) < (b, $0)
      }
      if let best, defaults[box].intersectionOverUnion(groundTruth[best]) >= threshold {
        match[box] = best
      }
    }
    return match
  }

  @Test(arguments: [nil, 4, 8])
  func matchesFollowTheRulesOnRandomProblems(grid: Int?) throws {
    var numbers = SeededNumbers(UInt64(grid ?? 100))
    for _ in 0..<500 {
      let defaults = numbers.boxes(numbers.integer(1...30), grid: grid)
      let groundTruth = numbers.boxes(numbers.integer(0...12), grid: grid)
      let threshold = [0.3, 0.5, 0.7][numbers.integer(0...2)]
      let boxes = try DefaultBoxes(defaults.map { CenterBox($0) })
      let assignment = assigned(
        .bipartite(overlapThreshold: threshold), groundTruth, boxes)
      #expect(
        assignment.objects == reference(groundTruth, boxes.corners, threshold: threshold))
    }
  }

  // By the definition: each default box its best object from the threshold on, and what half
  // overlaps one is ignored. On a coarse grid ties and IoUs on the threshold are frequent.
  @Test func overlapAloneFollowsTheDefinition() throws {
    var numbers = SeededNumbers(18)
    for round in 0..<400 {
      let grid = round % 2 == 0 ? numbers.integer(2...9) : nil
      let defaults = try numbers.defaultBoxes(numbers.integer(1...200), grid: grid)
      let truth = numbers.boxes(numbers.integer(0...30), grid: grid)
      for threshold in [0, 0.25, 1.0 / 3, 0.5, 0.75, 1] {
        for (includes, negative) in [(true, 1), (false, 1), (true, 0.2)] as [(Bool, Double)] {
          let assignment = assigned(
            .threshold(
              overlapThreshold: threshold, includesThreshold: includes, negativeOverlap: negative),
            truth, defaults)
          let targets = defaults.corners.map { box -> BoxAssignment.Target in
            let overlaps = truth.map { box.intersectionOverUnion($0) }
            guard let best = overlaps.max(), best > 0 else { return .background }
            if best > threshold || (includes && best == threshold) {
              return .object(overlaps.firstIndex(of: best) ?? 0, quality: 1)
            }
            return best >= negative && negative < threshold ? .ignored : .background
          }
          #expect(assignment.targets == targets)
          // The other two differ by what they force alone; with 0 also by pairs that hardly touch.
          if threshold == 0 { continue }
          for other in [
            assigned(
              .bipartite(
                overlapThreshold: threshold, includesThreshold: includes,
                negativeOverlap: negative), truth, defaults),
            assigned(
              .forced(
                overlapThreshold: threshold, includesThreshold: includes,
                negativeOverlap: negative), truth, defaults),
          ] {
            for (index, target) in other.targets.enumerated() where !other.isOwned(index) {
              // Forced away from what it overlaps most, it was some object's before.
              if case .object = target, target != targets[index] { continue }
              #expect(target == targets[index])
            }
          }
        }
      }
    }
  }

  // The original code keeps no pair with an IoU of 10⁻⁶ or less: the object owns nothing.
  @Test(arguments: [(1.1e-6, true), (0.9e-6, false)])
  func pairsThatHardlyTouchDoNotMatch(overlap: Double, isOwned: Bool) throws {
    let defaults = try DefaultBoxes(boxes([[0, 0, 0.5, 1]]).map { CenterBox($0) })
    // By hand: two boxes of area ½ that share s have IoU s / (1 − s).
    let shared = overlap / (1 + overlap)
    let truth = boxes([[0.5 - shared, 0, 1 - shared, 1]])
    #expect(assigned(.bipartite(), truth, defaults).objects == [isOwned ? 0 : nil])
    #expect(assigned(.forced(), truth, defaults).objects == [0])
  }

  private func boxes(_ corners: [[Double]]) -> [Box] {
    corners.map { Box(xMin: $0[0], yMin: $0[1], xMax: $0[2], yMax: $0[3]) }
  }

  // By hand: the IoU of [0,0,1,1] with [0,0,1,h] is h.
  @Test(arguments: [(0.5, true), (0.5 - 1e-12, false), (0.5 + 1e-12, true)])
  func theThresholdItselfMatches(height: Double, isMatched: Bool) throws {
    let defaults = try DefaultBoxes(
      boxes([[0, 0, 1, 1], [0, 0, 1, height]]).map { CenterBox($0) })
    let matches = assigned(.bipartite(), boxes([[0, 0, 1, 1]]), defaults)
    #expect(matches.objects == [0, isMatched ? 0 : nil])
  }

  // Both objects prefer default box 0; the better one owns it, the other its next best.
  @Test func objectsThatShareTheirBestBoxGetOneEach() throws {
    let defaults = try DefaultBoxes(
      boxes([[0, 0, 0.4, 0.4], [0.3, 0.3, 0.6, 0.6]]).map { CenterBox($0) })
    let matches = assigned(
      .bipartite(), boxes([[0.1, 0.1, 0.45, 0.45], [0, 0, 0.38, 0.38]]), defaults)
    #expect(matches.objects == [1, 0])
    #expect(matches.ownedDefaultBoxes == [1, 0])
    #expect(matches.isOwned(0) && matches.isOwned(1))
  }

  @Test func anObjectThatNothingTouchesOwnsNothing() throws {
    let defaults = try DefaultBoxes(boxes([[0, 0, 0.2, 0.2]]).map { CenterBox($0) })
    let matches = assigned(.bipartite(), boxes([[0.2, 0, 0.4, 0.2], [0.5, 0.5, 1, 1]]), defaults)
    #expect(matches.objects == [nil])
    #expect(matches.ownedDefaultBoxes == [nil, nil])
    #expect(matches.matches == [])
  }

  @Test func nothingIsMatchedWithoutObjects() {
    let defaults = DefaultBoxes(DefaultBoxPreset.ssdlite320.specification())
    let matches = assigned(.bipartite(), [], defaults)
    #expect(matches.matches.isEmpty)
    #expect(matches.targets.count == 3234)
  }
}
