/// Finds the default boxes that overlap an object most, and those that reach a threshold, without a
/// look at most of the others.
///
/// The kernel of the rules by IoU: ``BipartiteAssigner``, ``ForcedAssigner``,
/// ``ThresholdAssigner``. The IoU that decides is computed as by ``Box/intersectionOverUnion(_:)``,
/// so pairs and ties are those of the definition, bit by bit; `AssignerTests` compares them.
struct DefaultBoxSearch {
  /// A default box and its IoU with the object at hand, above 0.
  struct Candidate {
    let index: Int
    let overlap: Double
  }

  private let blocks: DefaultBoxBlocks

  init(_ defaultBoxes: DefaultBoxes) { blocks = defaultBoxes.blocks }

  /// Returns the free default box that `box` overlaps most, the lower index at ties; nil where it
  /// touches none.
  ///
  /// - Parameters:
  ///   - threshold: IoU from which default boxes are reported; infinity reports none.
  ///   - reaching: receives each free default box whose IoU is at least the threshold, with it.
  @inline(__always)
  func bestCandidate(
    of box: Box, threshold: Double = .infinity, isFree: (Int) -> Bool = { _ in true },
    reaching: (Int, Double) -> Void = { _, _ in }
  ) -> Candidate? {
    var best = Candidate(index: .max, overlap: 0)
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
          best = Candidate(index: index, overlap: overlap)
          needed = min(overlap, threshold) * (1 - 1e-9)
        }
        if overlap >= threshold { reaching(index, overlap) }
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
