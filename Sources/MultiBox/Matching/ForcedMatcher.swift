/// Assigns ground-truth boxes to default boxes as most ports of SSD do.
///
/// 1. Each default box takes the ground-truth box it overlaps most, if their IoU reaches the
///    threshold.
/// 2. Then each ground-truth box, in order, takes the default box that it overlaps most, whoever
///    had it. The later ground-truth box wins, so one whose best default box is also a later one's
///    may be left with none; ``BipartiteMatcher`` gives it the next best.
///
/// Ties go to the lower index. A ground-truth box that touches no default box takes the first one,
/// at IoU 0: what the largest of a row of zeros is to these systems.
///
/// - SeeAlso: torchvision's `SSDMatcher`, `match` of ssd.pytorch, `Encoder` of NVIDIA's SSD.
public struct ForcedMatcher: Hashable, Sendable {
  /// 0…1.
  public var iouThreshold: Double
  /// Whether an IoU equal to the threshold matches (torchvision, ssd.pytorch), or only a larger one
  /// (NVIDIA).
  public var includesThreshold: Bool

  public init(iouThreshold: Double = 0.5, includesThreshold: Bool = true) {
    self.iouThreshold = iouThreshold
    self.includesThreshold = includesThreshold
  }

  /// - Parameters:
  ///   - groundTruth: `G` boxes, in the unit of the default boxes. May be empty.
  ///   - defaultBoxes: `D` boxes.
  /// - Precondition: every ground-truth box has positive area.
  /// - Complexity: O(G · D).
  public func matches(groundTruth: [Box], defaultBoxes: DefaultBoxes) -> Matches {
    let candidates = OverlapCandidates(groundTruth: groundTruth, defaultBoxes: defaultBoxes)
    var (groundTruthIndices, overlaps) = candidates.matchesByOverlap(
      iouThreshold: iouThreshold, includesThreshold: includesThreshold)
    guard defaultBoxes.count > 0 else {
      return Matches(
        groundTruthIndices: [], overlaps: [], bestOverlaps: [],
        ownedDefaultBoxes: groundTruth.map { _ in -1 })
    }
    let best = candidates.byGroundTruth.map { touching in
      var best = OverlapCandidates.Candidate(index: 0, overlap: 0)
      for candidate in touching where candidate.overlap > best.overlap { best = candidate }
      return best
    }
    for (truth, pair) in best.enumerated() {
      groundTruthIndices[pair.index] = Int32(truth)
      overlaps[pair.index] = pair.overlap
    }
    // A pair that a later ground-truth box took away is nobody's any more.
    let owned = best.enumerated().map { truth, pair in
      groundTruthIndices[pair.index] == Int32(truth) ? Int32(pair.index) : -1
    }
    return Matches(
      groundTruthIndices: groundTruthIndices, overlaps: overlaps,
      bestOverlaps: candidates.bestOverlaps, ownedDefaultBoxes: owned)
  }
}
