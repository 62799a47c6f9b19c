/// What rules by IoU have in common: for each default box the object that it overlaps most, where
/// their IoU reaches a threshold, and those that an object takes whatever their IoU.
struct OverlapMatching {
  private struct Entry {
    let defaultBox: Int
    var object: Int
    var overlap: Double
    var isForced: Bool
  }

  /// For each object the default box that it overlaps most; nil where it touches none.
  private(set) var best: [DefaultBoxSearch.Candidate?] = []
  private let overlap: OverlapRule
  private let defaultBoxCount: Int
  /// For each default box its position in `entries`, or −1.
  private var positions: [Int32]
  private var entries: [Entry] = []

  /// - Parameter minimumOverlap: pairs up to it are no pairs.
  init(
    _ objects: [LabeledBox], _ search: DefaultBoxSearch, defaultBoxCount: Int,
    _ overlap: OverlapRule, minimumOverlap: Double = 0
  ) {
    self.overlap = overlap
    self.defaultBoxCount = defaultBoxCount
    positions = [Int32](repeating: -1, count: defaultBoxCount)
    best.reserveCapacity(objects.count)
    for (object, labeled) in objects.enumerated() {
      let candidate = search.bestCandidate(
        of: labeled.box, threshold: min(overlap.threshold, overlap.negativeOverlap),
        reaching: { index, overlap in
          if overlap > minimumOverlap { offer(index, object: object, overlap: overlap) }
        })
      best.append(candidate.flatMap { $0.overlap > minimumOverlap ? $0 : nil })
    }
  }

  /// The object takes the default box unless an earlier one overlaps it as much.
  private mutating func offer(_ index: Int, object: Int, overlap: Double) {
    let position = Int(positions[index])
    if position < 0 {
      add(Entry(defaultBox: index, object: object, overlap: overlap, isForced: false))
    } else if overlap > entries[position].overlap {
      entries[position].object = object
      entries[position].overlap = overlap
    }
  }

  /// The object takes the default box, whoever had it.
  mutating func force(_ index: Int, object: Int) {
    let position = Int(positions[index])
    if position < 0 {
      add(Entry(defaultBox: index, object: object, overlap: 0, isForced: true))
    } else {
      entries[position].object = object
      entries[position].isForced = true
    }
  }

  private mutating func add(_ entry: Entry) {
    positions[entry.defaultBox] = Int32(entries.count)
    entries.append(entry)
  }

  /// The object that a default box was given to by now; nil without one.
  func object(of defaultBox: Int) -> Int? {
    let position = Int(positions[defaultBox])
    return position < 0 ? nil : entries[position].object
  }

  func assignment(ownedDefaultBoxes: [Int?]) -> BoxAssignment {
    var matches: [BoxAssignment.Match] = []
    matches.reserveCapacity(entries.count)
    var ignored: [Int] = []
    for entry in entries {
      if entry.isForced || overlap.isPositive(entry.overlap) {
        matches.append(
          BoxAssignment.Match(defaultBox: entry.defaultBox, object: entry.object))
      } else if overlap.isIgnored(entry.overlap) {
        ignored.append(entry.defaultBox)
      }
    }
    return BoxAssignment(
      defaultBoxCount: defaultBoxCount, matches: matches, ignored: ignored,
      ownedDefaultBoxes: ownedDefaultBoxes)
  }
}
