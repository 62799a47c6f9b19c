/// For each ground-truth box the default boxes that it touches, with their IoU; a small part of all
/// pairs, and all that matching looks at.
struct OverlapCandidates {
  /// A default box and its IoU with the ground-truth box at hand, above 0.
  struct Candidate {
    let index: Int
    let overlap: Double
  }

  /// `G` lists, each by rising default-box index.
  let byGroundTruth: [[Candidate]]
  /// `D` entries: the largest IoU with any ground-truth box.
  let bestOverlaps: [Double]
  /// `D` entries: the ground-truth box of that IoU, the lower index at ties; −1 where none touches.
  let bestGroundTruth: [Int32]

  /// - Precondition: every ground-truth box has positive area.
  init(groundTruth: [Box], defaultBoxes: DefaultBoxes) {
    var bestOverlaps = [Double](repeating: 0, count: defaultBoxes.count)
    var bestGroundTruth = [Int32](repeating: -1, count: defaultBoxes.count)
    byGroundTruth = groundTruth.enumerated().map { index, box in
      precondition(box.hasArea, "ground-truth box \(index), \(box), has no area")
      let touching = Self.candidates(of: box, among: defaultBoxes)
      // A later box must be better, so ties stay with the lower index.
      for candidate in touching where candidate.overlap > bestOverlaps[candidate.index] {
        bestOverlaps[candidate.index] = candidate.overlap
        bestGroundTruth[candidate.index] = Int32(index)
      }
      return touching
    }
    self.bestOverlaps = bestOverlaps
    self.bestGroundTruth = bestGroundTruth
  }

  /// Gives each default box its best ground-truth box, where their IoU reaches the threshold.
  ///
  /// Pairs with IoU 0 never match, also where the threshold is 0.
  func matchesByOverlap(
    iouThreshold: Double, includesThreshold: Bool
  ) -> (groundTruthIndices: [Int32], overlaps: [Double]) {
    var indices = bestGroundTruth
    var overlaps = bestOverlaps
    for index in overlaps.indices {
      let reaches =
        overlaps[index] > iouThreshold || (includesThreshold && overlaps[index] == iouThreshold)
      if !reaches {
        indices[index] = -1
        overlaps[index] = 0
      }
    }
    return (indices, overlaps)
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
}
