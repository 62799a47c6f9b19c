/// The mistakes of a detector by their kind, and the average precision that each kind costs.
///
/// A wrong detection is, by the first that holds: badly placed (IoU from .1 with an object of its
/// class, but below the threshold), of the wrong class (it would find an object of another class),
/// doubled (it would find an object of its class that another detection has found), background (IoU
/// up to .1 with all objects), or badly placed and of the wrong class. Objects that nobody finds
/// are missed, but for those that a badly placed detection or one of the wrong class would find. A
/// kind costs what average precision gains where its mistakes are mended: the best of the
/// detections that would find a free object finds it, the others are taken away, as are doubled
/// ones and background; missed objects are not looked for.
///
/// - SeeAlso: Bolya et al., "TIDE: A General Toolbox for Identifying Object Detection Errors"
///   (arXiv:2008.08115).
public struct DetectionErrors: Hashable, Sendable {
  /// The kinds.
  public enum Kind: String, CaseIterable, Hashable, Sendable {
    /// It would find an object if it were of the object's class.
    case classification
    /// It would find an object of its class if it were better placed.
    case localization
    /// Wrong class and badly placed.
    case both
    /// Its object has been found by a detection of higher score.
    case duplicate
    /// There is no object.
    case background
    /// An object without a detection.
    case missed
  }

  /// A kind's mistakes.
  public struct Share: Hashable, Sendable {
    /// The number of detections, or of objects missed.
    public var count: Int
    /// What average precision gains without them, −1…1.
    public var cost: Double
  }

  /// Average precision at the IoU threshold, the mean over the classes that have objects; −1
  /// without objects. All detections count, not 100 an image.
  public let averagePrecision: Double
  private let shares: [Kind: Share]

  /// The mistakes of a `kind`.
  public subscript(kind: Kind) -> Share { shares[kind] ?? Share(count: 0, cost: 0) }

  /// Sorts the mistakes.
  ///
  /// - Parameters:
  ///   - matched: objects and detections.
  ///   - classCount: others than classes 1…classCount are left out.
  public init(_ matched: MatchedImages, classCount: Int) {
    let ledger = MistakeLedger(matched, classCount: classCount)
    let whole = ledger.averagePrecision(without: nil)
    averagePrecision = whole ?? -1
    shares = Dictionary(
      uniqueKeysWithValues: Kind.allCases.map { kind in
        let mended = whole == nil ? nil : ledger.averagePrecision(without: kind)
        return (
          kind,
          Share(count: ledger.count(of: kind), cost: mended.map { $0 - (whole ?? 0) } ?? 0)
        )
      })
  }
}

/// All detections by class, with what would become of each if its mistake were mended.
private struct MistakeLedger {
  private struct Entry {
    let score: Double
    /// Nil for right ones.
    let kind: DetectionErrors.Kind?
    let mending: Mending
  }

  /// What mending makes of a wrong detection.
  private enum Mending {
    /// It is taken away.
    case removal
    /// It is right.
    case right
    /// It is of another class, and stands in this one for the time that it is mended.
    case arrival
  }

  /// By class, class c at index c − 1, and falling score.
  private var entries: [[Entry]]
  private var objectCounts: [Int]
  private var missedCounts: [Int]

  init(_ matched: MatchedImages, classCount: Int) {
    objectCounts = [Int](repeating: 0, count: classCount)
    missedCounts = objectCounts
    entries = [[Entry]](repeating: [], count: classCount)
    for (image, matching) in zip(matched.images, matched.matchings) {
      add(image, matching, matched.iouThreshold)
    }
    for index in entries.indices {
      let ofClass = entries[index]
      entries[index] = ofClass.lazy.map(\.score).fallingOrder.map { ofClass[$0] }
    }
  }

  private mutating func add(
    _ image: EvaluationImage, _ matching: DetectionMatching, _ iouThreshold: Double
  ) {
    let objects = image.objects.indices.filter {
      image.objects[$0].counts && image.objects[$0].classIndex.isClass(of: objectCounts.count)
    }
    for position in objects { objectCounts[image.objects[position].classIndex - 1] += 1 }
    // Objects that a mended detection of each kind finds; a better one comes first.
    var isClaimed = Set<Int>()
    for index in matching.order {
      let detection = image.detections[index]
      guard detection.classIndex.isClass(of: objectCounts.count) else { continue }
      var kind: DetectionErrors.Kind?
      var mending = Mending.removal
      switch matching.verdicts[index] {
      case .ignored: continue
      case .right: break
      case .wrong:
        let (found, object) = Self.kind(detection, image, objects, iouThreshold)
        kind = found
        if let object, matching.finders[object] == nil, isClaimed.insert(object).inserted {
          let classIndex = image.objects[object].classIndex
          if classIndex == detection.classIndex {
            mending = .right
          } else {
            entries[classIndex - 1].append(
              Entry(score: detection.score, kind: found, mending: .arrival))
          }
        }
      }
      entries[detection.classIndex - 1].append(
        Entry(score: detection.score, kind: kind, mending: mending))
    }
    for position in objects where matching.finders[position] == nil && !isClaimed.contains(position)
    {
      missedCounts[image.objects[position].classIndex - 1] += 1
    }
  }

  /// Returns the kind of a wrong detection, and the object that it would find.
  private static func kind(
    _ detection: EvaluationDetection, _ image: EvaluationImage, _ objects: [Int],
    _ iouThreshold: Double
  ) -> (DetectionErrors.Kind, object: Int?) {
    var (own, other): ((Int, Double)?, (Int, Double)?) = (nil, nil)
    for position in objects {
      let object = image.objects[position]
      let overlap = object.box.intersectionOverUnion(detection.box)
      if object.classIndex == detection.classIndex {
        if overlap > own?.1 ?? 0 { own = (position, overlap) }
      } else if overlap > other?.1 ?? 0 {
        other = (position, overlap)
      }
    }
    let (ofOwn, ofOther) = (own?.1 ?? 0, other?.1 ?? 0)
    if ofOwn >= 0.1, ofOwn < iouThreshold { return (.localization, own?.0) }
    if ofOther >= iouThreshold { return (.classification, other?.0) }
    if ofOwn >= iouThreshold { return (.duplicate, nil) }
    return (max(ofOwn, ofOther) <= 0.1 ? .background : .both, nil)
  }

  func count(of kind: DetectionErrors.Kind) -> Int {
    kind == .missed
      ? missedCounts.reduce(0, +)
      : entries.reduce(0) { $0 + $1.count { $0.kind == kind && $0.mending != .arrival } }
  }

  /// Returns the mean over the classes with objects; nil without any.
  func averagePrecision(without kind: DetectionErrors.Kind?) -> Double? {
    let measured = entries.indices.filter { objectCounts[$0] > 0 }.map { index in
      let missed = kind == .missed ? missedCounts[index] : 0
      return RankedVerdicts.averagePrecision(
        Self.precisions(entries[index], without: kind), objectCount: objectCounts[index] - missed)
        ?? 0
    }
    return measured.isEmpty ? nil : measured.reduce(0, +) / Double(measured.count)
  }

  /// Returns the precision where the 1st, 2nd … object is found.
  private static func precisions(
    _ entries: [Entry], without kind: DetectionErrors.Kind?
  ) -> [Double] {
    var atFound: [Double] = []
    var count = 0
    for entry in entries {
      let isMended = entry.kind != nil && entry.kind == kind
      guard isMended ? entry.mending != .removal : entry.mending != .arrival else { continue }
      count += 1
      if isMended || entry.kind == nil {
        atFound.append(Double(atFound.count + 1) / Double(count))
      }
    }
    return atFound
  }
}
