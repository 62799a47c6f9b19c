/// Assigns ground-truth boxes to default boxes by SSD's two rules.
///
/// 1. Pairs are taken in order of falling IoU until each ground-truth box owns one default box.
///    Pairs with IoU 0 never match.
/// 2. Each default box still free takes the ground-truth box it overlaps most, if their IoU is at
///    least `iouThreshold`.
///
/// Ties go to the lower default-box index, then to the lower ground-truth index, so the result is
/// reproducible. With rule 1 every object is learned from, also one that no default box fits; and
/// two objects that have the same best default box get one each.
///
/// - SeeAlso: SSD §2.2, "Matching strategy" (arXiv:1512.02325).
public struct BipartiteMatcher: Hashable, Sendable {
  /// 0…1; 0.5 in the paper.
  public var iouThreshold: Double

  public init(iouThreshold: Double = 0.5) {
    self.iouThreshold = iouThreshold
  }

  /// - Parameters:
  ///   - groundTruth: `G` boxes, in the unit of the default boxes. May be empty.
  ///   - defaultBoxes: `D` boxes.
  /// - Precondition: every ground-truth box has positive area.
  /// - Complexity: O(G · D) plus O(G²).
  public func matches(groundTruth: [Box], defaultBoxes: DefaultBoxes) -> Matches {
    let count = defaultBoxes.count
    var groundTruthIndices = [Int32](repeating: -1, count: count)
    var overlaps = [Double](repeating: 0, count: count)
    // For each ground-truth box the default boxes it touches; a small part of all.
    var candidates: [[Candidate]] = []
    candidates.reserveCapacity(groundTruth.count)
    for (index, box) in groundTruth.enumerated() {
      precondition(box.hasArea, "ground-truth box \(index), \(box), has no area")
      let touching = Self.candidates(of: box, among: defaultBoxes)
      // Rule 2, as far as rule 1 does not overrule it. A later box must be better, so ties stay
      // with the lower index.
      for candidate in touching
      where candidate.overlap >= iouThreshold && candidate.overlap > overlaps[candidate.index] {
        overlaps[candidate.index] = candidate.overlap
        groundTruthIndices[candidate.index] = Int32(index)
      }
      candidates.append(touching)
    }
    let owned = Self.owned(candidates, defaultBoxCount: count)
    for (index, pair) in owned.enumerated() {
      guard let pair else { continue }
      groundTruthIndices[pair.index] = Int32(index)
      overlaps[pair.index] = pair.overlap
    }
    return Matches(
      groundTruthIndices: groundTruthIndices, overlaps: overlaps,
      ownedDefaultBoxes: owned.map { $0.map { Int32($0.index) } ?? -1 })
  }

  private struct Candidate {
    let index: Int
    let overlap: Double
  }

  private static func candidates(of box: Box, among defaultBoxes: DefaultBoxes) -> [Candidate] {
    var result: [Candidate] = []
    defaultBoxes.corners.withUnsafeBufferPointer { corners in
      for index in corners.indices {
        let other = corners[index]
        // Most default boxes are elsewhere: two comparisons settle them.
        if other.xMax <= box.xMin || other.xMin >= box.xMax { continue }
        if other.yMax <= box.yMin || other.yMin >= box.yMax { continue }
        let overlap = other.intersectionOverUnion(box)
        if overlap > 0 { result.append(Candidate(index: index, overlap: overlap)) }
      }
    }
    return result
  }

  /// Rule 1: for each ground-truth box its own default box.
  ///
  /// The best pair of all is the best of each box's best; only boxes whose best was just taken must
  /// look again.
  private static func owned(_ candidates: [[Candidate]], defaultBoxCount: Int) -> [Candidate?] {
    var isTaken = [Bool](repeating: false, count: defaultBoxCount)
    // Rising index and a strict comparison: the lower default-box index wins ties.
    func bestFree(_ candidates: [Candidate]) -> Candidate? {
      var best: Candidate?
      for candidate in candidates
      where !isTaken[candidate.index] && candidate.overlap > best?.overlap ?? 0 {
        best = candidate
      }
      return best
    }
    var best = candidates.map(bestFree)
    var owned = [Candidate?](repeating: nil, count: candidates.count)
    while true {
      var winner: (groundTruth: Int, pair: Candidate)?
      for (index, candidate) in best.enumerated() {
        guard let candidate else { continue }
        if let current = winner?.pair {
          let isBetter =
            candidate.overlap > current.overlap
            || (candidate.overlap == current.overlap && candidate.index < current.index)
          guard isBetter else { continue }
        }
        winner = (index, candidate)
      }
      guard let winner else { return owned }
      owned[winner.groundTruth] = winner.pair
      isTaken[winner.pair.index] = true
      best[winner.groundTruth] = nil
      for (index, candidate) in best.enumerated() where candidate?.index == winner.pair.index {
        best[index] = bestFree(candidates[index])
      }
    }
  }
}
