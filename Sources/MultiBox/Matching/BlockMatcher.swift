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

  private struct Pair {
    let index: Int
    let object: Int
    let overlap: Double
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
  /// - Parameter reaching: receives by rising index each default box whose IoU reaches the
  ///   threshold, with their IoU.
  @inline(__always)
  private func bestCandidate(
    of box: Box, threshold: Double, isFree: (Int) -> Bool, reaching: (Int, Double) -> Void
  ) -> OverlapCandidates.Candidate? {
    var best: OverlapCandidates.Candidate?
    let area = box.area
    // A pair matters if its IoU exceeds the best one or reaches the threshold. What falls short of
    // that by more than rounding errors is passed over without a division.
    var needed = 0.0
    blocks.bounds.withUnsafeBufferPointer { bounds in
      blocks.lanes.withUnsafeBufferPointer { lanes in
        for block in bounds.indices {
          let around = bounds[block].box
          let width = min(around.xMax, box.xMax) - max(around.xMin, box.xMin)
          let height = min(around.yMax, box.yMax) - max(around.yMin, box.yMin)
          guard width > 0, height > 0 else { continue }
          // No box of the block shares more than this with the object, and none is smaller.
          let shared = min(width * height, area)
          let union = area + max(bounds[block].smallestArea, shared) - shared
          guard shared >= needed * union else { continue }
          let first = block * DefaultBoxBlocks.lanesPerBlock
          for position in first..<first + DefaultBoxBlocks.lanesPerBlock {
            let (intersections, unions) = Self.overlap(lanes[position], box, area: area)
            guard any(intersections .> needed * unions) else { continue }
            for lane in 0..<4 where intersections[lane] > 0 && isFree(position * 4 + lane) {
              let index = position * 4 + lane
              let overlap = intersections[lane] / unions[lane]
              guard overlap > 0 else { continue }
              if overlap > best?.overlap ?? 0 {
                best = OverlapCandidates.Candidate(index: index, overlap: overlap)
                needed = min(overlap, threshold) * (1 - 1e-9)
              }
              if overlap > threshold || (includesThreshold && overlap == threshold) {
                reaching(index, overlap)
              }
            }
          }
        }
      }
    }
    return best
  }

  /// Returns the areas that four default boxes share with a box and cover together with it, in the
  /// order of operations of ``Box/intersectionOverUnion(_:)``.
  private static func overlap(
    _ lanes: DefaultBoxBlocks.Lanes, _ box: Box, area: Double
  ) -> (intersections: SIMD4<Double>, unions: SIMD4<Double>) {
    let (xMin, yMin) = (SIMD4(repeating: box.xMin), SIMD4(repeating: box.yMin))
    let (xMax, yMax) = (SIMD4(repeating: box.xMax), SIMD4(repeating: box.yMax))
    var width =
      lanes.xMax.replacing(with: xMax, where: xMax .< lanes.xMax)
      - lanes.xMin.replacing(with: xMin, where: xMin .> lanes.xMin)
    var height =
      lanes.yMax.replacing(with: yMax, where: yMax .< lanes.yMax)
      - lanes.yMin.replacing(with: yMin, where: yMin .> lanes.yMin)
    width.replace(with: 0, where: width .< 0)
    height.replace(with: 0, where: height .< 0)
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
