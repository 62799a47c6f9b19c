/// The positives of an image by either ``MatchingStrategy``, without a look at default boxes that
/// cannot be among them.
///
/// It keeps only the pairs that rule 2 accepts and each object's best, which is all that the loss
/// learns from. The IoU that decides is computed as by ``Box/intersectionOverUnion(_:)``, so pairs
/// and ties are those of ``BipartiteMatcher`` and ``ForcedMatcher``, bit by bit.
struct BlockMatcher {
  /// A default box and the object it is responsible for.
  struct Positive: Sendable {
    let index: Int
    let object: Int
  }

  private let matching: MatchingStrategy
  private let iouThreshold: Double
  private let includesThreshold: Bool
  private let blocks: DefaultBoxBlocks
  private let defaultBoxCount: Int

  init(_ configuration: MultiBoxLoss.Configuration, defaultBoxes: DefaultBoxes) {
    matching = configuration.matching
    iouThreshold = configuration.iouThreshold
    includesThreshold = configuration.includesThreshold
    blocks = defaultBoxes.blocks
    defaultBoxCount = defaultBoxes.count
  }

  /// Returns the positives by rising default-box index.
  ///
  /// - Precondition: every object's box has positive area, and there are default boxes.
  func positives(of objects: [LabeledBox]) -> [Positive] {
    guard !objects.isEmpty else { return [] }
    var assignment = Assignment(defaultBoxCount: defaultBoxCount)
    let best = objects.enumerated().map { object, labeled in
      bestCandidate(of: labeled.box, threshold: iouThreshold, isFree: { _ in true }) {
        assignment.offer($0, object: object, overlap: $1)
      }
    }
    switch matching {
    case .forced:
      for (object, candidate) in best.enumerated() {
        assignment.force(candidate?.index ?? 0, object: object)
      }
    case .bipartite:
      let owned = BipartiteMatcher.owned(best: best, defaultBoxCount: defaultBoxCount) {
        object, isTaken in
        // No IoU reaches this threshold: only the best one is asked for.
        bestCandidate(
          of: objects[object].box, threshold: .infinity, isFree: { !isTaken[$0] },
          reaching: { _, _ in })
      }
      for (object, candidate) in owned.enumerated() {
        if let candidate { assignment.force(candidate.index, object: object) }
      }
    }
    return assignment.positives()
  }

  /// Returns the free default box that `box` overlaps most, the lower index at ties; nil where it
  /// touches none.
  ///
  /// - Parameter reaching: receives each default box whose IoU reaches the threshold, with their
  ///   IoU.
  @inline(__always)
  private func bestCandidate(
    of box: Box, threshold: Double, isFree: (Int) -> Bool, reaching: (Int, Double) -> Void
  ) -> OverlapCandidates.Candidate? {
    var best = OverlapCandidates.Candidate(index: .max, overlap: 0)
    let area = box.area
    // A pair matters if its IoU exceeds or equals the best one or reaches the threshold. What falls
    // short of that by more than rounding errors is passed over without a division.
    var needed = 0.0
    visitBlocks(near: box, area: area, needed: needed) { lanes in
      let (intersections, unions) = Self.overlap(lanes, box, area: area)
      let matters = intersections .> needed * unions
      guard any(matters) else { return }
      for lane in 0..<4 where matters[lane] && intersections[lane] > 0 {
        let index = Int(lanes.index[lane])
        let overlap = intersections[lane] / unions[lane]
        guard overlap > 0, isFree(index) else { continue }
        if overlap > best.overlap || (overlap == best.overlap && index < best.index) {
          best = OverlapCandidates.Candidate(index: index, overlap: overlap)
          needed = min(overlap, threshold) * (1 - 1e-9)
        }
        if overlap > threshold || (includesThreshold && overlap == threshold) {
          reaching(index, overlap)
        }
      }
    }
    return best.overlap > 0 ? best : nil
  }

  /// Visits the default boxes, four at a time, but for blocks whose bound is below what is needed
  /// by then. The most promising block comes first, so that much is needed soon.
  @inline(__always)
  private func visitBlocks(
    near box: Box, area: Double, needed: @autoclosure () -> Double,
    _ visit: (DefaultBoxBlocks.Lanes) -> Void
  ) {
    func visitBlock(_ block: Int) {
      let first = block * DefaultBoxBlocks.lanesPerBlock
      for place in first..<first + DefaultBoxBlocks.lanesPerBlock { visit(blocks.lanes[place]) }
    }
    let bounds = blocks.bounds
    withUnsafeTemporaryAllocation(of: SIMD4<Double>.self, capacity: bounds.count) { overlaps in
      var best = 0
      var largest = -1.0
      for four in bounds.indices {
        overlaps[four] = bounds[four].largestOverlaps(box, area: area)
        guard any(overlaps[four] .> largest) else { continue }
        for lane in 0..<4 where overlaps[four][lane] > largest {
          largest = overlaps[four][lane]
          best = four * 4 + lane
        }
      }
      guard largest >= 0 else { return }
      visitBlock(best)
      for four in bounds.indices where any(overlaps[four] .>= needed()) {
        for lane in 0..<4 where overlaps[four][lane] >= needed() && four * 4 + lane != best {
          visitBlock(four * 4 + lane)
        }
      }
    }
  }

  /// Returns the areas that four default boxes share with a box and cover together with it, in the
  /// order of operations of ``Box/intersectionOverUnion(_:)``.
  @inline(__always)
  private static func overlap(
    _ lanes: DefaultBoxBlocks.Lanes, _ box: Box, area: Double
  ) -> (intersections: SIMD4<Double>, unions: SIMD4<Double>) {
    let width = (lanes.xMax.lower(box.xMax) - lanes.xMin.upper(box.xMin)).upper(0)
    let height = (lanes.yMax.lower(box.yMax) - lanes.yMin.upper(box.yMin)).upper(0)
    let intersections = width * height
    return (intersections, lanes.area + area - intersections)
  }
}

/// Which object each default box is given so far.
private struct Assignment {
  /// For each default box its position in `entries`, or −1.
  private var positions: [Int32]
  private var entries: [(index: Int, object: Int, overlap: Double)] = []

  init(defaultBoxCount: Int) {
    positions = [Int32](repeating: -1, count: defaultBoxCount)
  }

  /// Rule 2: the object takes the default box unless an earlier one overlaps it as much.
  mutating func offer(_ index: Int, object: Int, overlap: Double) {
    let position = Int(positions[index])
    if position < 0 {
      add(index, object: object, overlap: overlap)
    } else if overlap > entries[position].overlap {
      entries[position].object = object
      entries[position].overlap = overlap
    }
  }

  /// Rule 1: the object takes the default box, whoever had it.
  mutating func force(_ index: Int, object: Int) {
    let position = Int(positions[index])
    if position < 0 {
      add(index, object: object, overlap: 0)
    } else {
      entries[position].object = object
    }
  }

  private mutating func add(_ index: Int, object: Int, overlap: Double) {
    positions[index] = Int32(entries.count)
    entries.append((index, object, overlap))
  }

  func positives() -> [BlockMatcher.Positive] {
    entries.map { BlockMatcher.Positive(index: $0.index, object: $0.object) }
      .sorted { $0.index < $1.index }
  }
}
