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
  /// Whether an IoU equal to the threshold matches: IoU ≥, not >.
  public var includesThreshold: Bool

  public init(iouThreshold: Double = 0.5, includesThreshold: Bool = true) {
    self.iouThreshold = iouThreshold
    self.includesThreshold = includesThreshold
  }

  /// - Parameters:
  ///   - groundTruth: `G` boxes, in the unit of the default boxes. May be empty.
  ///   - defaultBoxes: `D` boxes.
  /// - Precondition: every ground-truth box has positive area.
  /// - Complexity: O(G · D) plus O(G²).
  public func matches(groundTruth: [Box], defaultBoxes: DefaultBoxes) -> Matches {
    let candidates = OverlapCandidates(groundTruth: groundTruth, defaultBoxes: defaultBoxes)
    // Rule 2, as far as rule 1 does not overrule it.
    var (groundTruthIndices, overlaps) = candidates.matchesByOverlap(
      iouThreshold: iouThreshold, includesThreshold: includesThreshold)
    // Rising index and a strict comparison: the lower default-box index wins ties.
    func bestFree(_ index: Int, _ isTaken: [Bool]) -> OverlapCandidates.Candidate? {
      var best: OverlapCandidates.Candidate?
      for candidate in candidates.byGroundTruth[index]
      where !isTaken[candidate.index] && candidate.overlap > best?.overlap ?? 0 {
        best = candidate
      }
      return best
    }
    let allFree = [Bool](repeating: false, count: defaultBoxes.count)
    let owned = Self.owned(
      best: groundTruth.indices.map { bestFree($0, allFree) }, defaultBoxCount: defaultBoxes.count,
      bestFree: bestFree)
    for (index, pair) in owned.enumerated() {
      guard let pair else { continue }
      groundTruthIndices[pair.index] = Int32(index)
      overlaps[pair.index] = pair.overlap
    }
    return Matches(
      groundTruthIndices: groundTruthIndices, overlaps: overlaps,
      bestOverlaps: candidates.bestOverlaps,
      ownedDefaultBoxes: owned.map { $0.map { Int32($0.index) } ?? -1 })
  }

  /// Rule 1: for each ground-truth box its own default box.
  ///
  /// The best pair of all is the best of each box's best; only boxes whose best was just taken must
  /// look again.
  ///
  /// - Parameters:
  ///   - best: for each ground-truth box its best pair, or nil where it touches no default box.
  ///   - bestFree: looks again for a ground-truth box, among default boxes that are not taken.
  static func owned(
    best: [OverlapCandidates.Candidate?], defaultBoxCount: Int,
    bestFree: (_ groundTruth: Int, _ isTaken: [Bool]) -> OverlapCandidates.Candidate?
  ) -> [OverlapCandidates.Candidate?] {
    var best = best
    var isTaken = [Bool](repeating: false, count: defaultBoxCount)
    var owned = [OverlapCandidates.Candidate?](repeating: nil, count: best.count)
    while true {
      var winner: (groundTruth: Int, pair: OverlapCandidates.Candidate)?
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
        best[index] = bestFree(index, isTaken)
      }
    }
  }
}
