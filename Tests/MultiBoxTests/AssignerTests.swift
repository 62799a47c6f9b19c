import MultiBox
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
      let defaults = (0..<numbers.integer(1...30)).map { _ in numbers.box(grid: grid) }
      let groundTruth = (0..<numbers.integer(0...12)).map { _ in numbers.box(grid: grid) }
      let threshold = [0.3, 0.5, 0.7][numbers.integer(0...2)]
      let boxes = try DefaultBoxes(defaults.map { CenterBox($0) })
      let assignment = assigned(
        .bipartite(overlapThreshold: threshold), groundTruth, boxes)
      #expect(
        assignment.objects == reference(groundTruth, boxes.corners, threshold: threshold))
    }
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

/// Assigns boxes without classes.
func assigned(
  _ assigner: some BoxAssigner, _ groundTruth: [Box], _ defaultBoxes: DefaultBoxes
) -> BoxAssignment {
  assigner.assignment(
    of: groundTruth.map { LabeledBox(box: $0, classIndex: 1) }, to: defaultBoxes, predictions: nil)
}

extension BoxAssignment {
  /// `D` entries: the matched object, or nil.
  var objects: [Int?] {
    targets.map { if case .object(let object, _) = $0 { object } else { nil } }
  }
}
