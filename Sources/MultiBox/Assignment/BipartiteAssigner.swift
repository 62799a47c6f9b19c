/// Assigns objects to default boxes by SSD's two rules.
///
/// 1. Pairs are taken in order of falling IoU until each object owns one default box. Pairs with an
///    IoU of 10⁻⁶ or less are no pairs, as in the original code.
/// 2. Each default box still free takes the object it overlaps most, if their IoU is at least
///    the threshold of ``overlap``.
///
/// Ties go to the lower default-box index, then to the lower object index, so the result is
/// reproducible. With rule 1 every object is learned from, also one that no default box fits; and
/// two objects that have the same best default box get one each.
///
/// The IoUs are found by `DefaultBoxSearch`, which leaves out what cannot matter; `AssignerTests`
/// holds both rules against all pairs, sorted.
///
/// - Complexity: O(G · D) at worst plus O(G²).
/// - SeeAlso: SSD §2.2, "Matching strategy" (arXiv:1512.02325).
public struct BipartiteAssigner: BoxAssigner {
  /// The threshold of rule 2.
  public let overlap: OverlapRule

  /// Pairs up to this IoU are none: `MatchBBox` of the original code.
  static let minimumOverlap = 1e-6

  /// Creates the rule.
  ///
  /// - Parameter overlap: the threshold of rule 2.
  public init(_ overlap: OverlapRule) { self.overlap = overlap }

  public var iouThreshold: Double? { overlap.threshold }

  public func assignment(
    of objects: [LabeledBox], to defaultBoxes: DefaultBoxes, predictions: ImagePredictions?
  ) -> BoxAssignment {
    let search = DefaultBoxSearch(defaultBoxes)
    var matching = OverlapMatching(
      objects, search, defaultBoxCount: defaultBoxes.count, overlap,
      minimumOverlap: Self.minimumOverlap)
    let owned = Self.owned(best: matching.best, defaultBoxCount: defaultBoxes.count) {
      object, isTaken in
      search.bestCandidate(of: objects[object].box, isFree: { !isTaken[$0] })
        .flatMap { $0.overlap > Self.minimumOverlap ? $0 : nil }
    }
    for (object, candidate) in owned.enumerated() {
      if let candidate { matching.force(candidate.index, object: object) }
    }
    return matching.assignment(ownedDefaultBoxes: owned.map { $0?.index })
  }

  /// Rule 1: for each object its own default box.
  ///
  /// The best pair of all is the best of each object's best; only objects whose best was just taken
  /// must look again.
  ///
  /// - Parameters:
  ///   - best: for each object its best pair; nil where it touches no default box.
  ///   - bestFree: looks again for an object, among default boxes that are not taken.
  private static func owned(
    best: [DefaultBoxSearch.Candidate?], defaultBoxCount: Int,
    bestFree: (_ object: Int, _ isTaken: [Bool]) -> DefaultBoxSearch.Candidate?
  ) -> [DefaultBoxSearch.Candidate?] {
    var best = best
    var isTaken = [Bool](repeating: false, count: defaultBoxCount)
    var owned = [DefaultBoxSearch.Candidate?](repeating: nil, count: best.count)
    while true {
      var winner: (object: Int, pair: DefaultBoxSearch.Candidate)?
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
      owned[winner.object] = winner.pair
      isTaken[winner.pair.index] = true
      best[winner.object] = nil
      for (index, candidate) in best.enumerated() where candidate?.index == winner.pair.index {
        best[index] = bestFree(index, isTaken)
      }
    }
  }
}

extension BoxAssigner where Self == BipartiteAssigner {
  /// SSD's own rules: ``BipartiteAssigner``.
  ///
  /// - Parameters:
  ///   - overlapThreshold: IoU from which overlap alone matches, 0…1.
  ///   - includesThreshold: true matches an IoU that equals the threshold.
  ///   - negativeOverlap: IoU from which an unmatched default box is ignored, above 0, to 1; from
  ///     `overlapThreshold` on nothing is ignored.
  public static func bipartite(
    overlapThreshold: Double = 0.5, includesThreshold: Bool = true, negativeOverlap: Double = 1
  ) -> BipartiteAssigner {
    BipartiteAssigner(
      OverlapRule(
        threshold: overlapThreshold, includesThreshold: includesThreshold,
        negativeOverlap: negativeOverlap))
  }
}

extension BipartiteAssigner: LossPart {
  public static let partName = "bipartite"

  public init() { self.init(OverlapRule()) }

  public static var parameterNames: [String] { OverlapRule.parameterNames }

  public init(from decoder: any Decoder) throws { self.init(try OverlapRule(from: decoder)) }

  public func encode(to encoder: any Encoder) throws { try overlap.encode(to: encoder) }
}
