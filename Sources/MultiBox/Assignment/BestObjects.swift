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

/// The smallest of the numbers offered, rising; of equal ones the first.
struct SmallestNumbers {
  private(set) var elements: [(index: Int, number: Double)] = []
  private let count: Int

  /// - Parameter count: how many are kept, at least 1.
  init(count: Int) { self.count = count }

  var indices: [Int] { elements.map(\.index) }

  mutating func offer(_ number: Double, index: Int) {
    if elements.count == count, let last = elements.last, !(number < last.number) { return }
    if elements.count == count { elements.removeLast() }
    let position = elements.firstIndex { number < $0.number } ?? elements.count
    elements.insert((index, number), at: position)
  }
}

extension Box {
  /// Whether the centre of a default box lies inside, not on an edge.
  func contains(_ center: CenterBox) -> Bool {
    center.cx > xMin && center.cx < xMax && center.cy > yMin && center.cy < yMax
  }
}
