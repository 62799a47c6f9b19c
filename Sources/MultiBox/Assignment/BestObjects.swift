/// For each default box the object that ranks highest among those it is a candidate of.
struct BestObjects {
  struct Match {
    let object: Int
    /// What decides between objects.
    let rank: Double
    let quality: Double
  }

  private let defaultBoxCount: Int
  private var matches: [Int: Match] = [:]

  init(defaultBoxCount: Int) { self.defaultBoxCount = defaultBoxCount }

  /// The object takes the default box unless an earlier one ranks as high.
  mutating func offer(_ defaultBox: Int, object: Int, rank: Double, quality: Double) {
    if let other = matches[defaultBox], other.rank >= rank { return }
    matches[defaultBox] = Match(object: object, rank: rank, quality: quality)
  }

  /// - Parameter qualityOfMatches: receives the matches of one object and returns what gives each
  ///   its quality.
  func assignment(
    objectCount: Int, hasQualities: Bool,
    quality qualityOfMatches: ([Match]) -> (Match) -> Double = { _ in { $0.quality } }
  ) -> BoxAssignment {
    var byObject = [[Match]](repeating: [], count: objectCount)
    for match in matches.values { byObject[match.object].append(match) }
    let qualities = byObject.map(qualityOfMatches)
    return BoxAssignment(
      defaultBoxCount: defaultBoxCount,
      matches: matches.map { defaultBox, match in
        BoxAssignment.Match(
          defaultBox: defaultBox, object: match.object, quality: qualities[match.object](match))
      }, ownedDefaultBoxes: [Int?](repeating: nil, count: objectCount),
      hasQualities: hasQualities)
  }
}
