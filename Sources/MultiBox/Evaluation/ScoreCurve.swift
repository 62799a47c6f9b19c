/// Precision, recall and F1 of one class over the score from which detections are taken.
///
/// Right and wrong are those of ``DetectionMatching``.
public struct ScoreCurve: Hashable, Sendable {
  /// What is reached by all detections from a score on.
  public struct Point: Hashable, Sendable {
    /// The lowest score that is taken, 0…1.
    public var threshold: Double
    /// Right detections among those that count, 0…1.
    public var precision: Double
    /// Objects found among those to be found, 0…1.
    public var recall: Double
    /// The harmonic mean of both, 0…1.
    public var f1: Double {
      precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0
    }
  }

  /// The number of objects that are to be found.
  public let objectCount: Int
  /// A point for each score that occurs, by falling threshold; empty without objects.
  public let points: [Point]

  /// The point of highest F1, of equal ones that of the highest threshold; nil where nothing is
  /// found.
  public var best: Point? {
    var best: Point?
    for point in points where point.f1 > best?.f1 ?? 0 { best = point }
    return best
  }

  /// Returns what is reached by all detections from `threshold` on.
  ///
  /// - Returns: nil where no detection reaches it, or nothing is to be found.
  public func point(from threshold: Double) -> Point? {
    // Thresholds fall, so those that are high enough come first.
    var (low, high) = (0, points.count)
    while low < high {
      let middle = (low + high) / 2
      if points[middle].threshold >= threshold { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? points[low - 1] : nil
  }

  /// Creates the curve of ranked verdicts.
  init(_ ranking: RankedVerdicts) {
    objectCount = ranking.objectCount
    guard objectCount > 0 else {
      points = []
      return
    }
    var points: [Point] = []
    var found = 0
    for (index, entry) in ranking.entries.enumerated() {
      found += entry.isRight ? 1 : 0
      // Equal scores are taken together or not at all.
      let next = index + 1
      if next < ranking.entries.count, ranking.entries[next].score == entry.score { continue }
      points.append(
        Point(
          threshold: entry.score, precision: Double(found) / Double(next),
          recall: Double(found) / Double(objectCount)))
    }
    self.points = points
  }

  /// Returns the curves of all classes, class c at index c − 1.
  ///
  /// - Parameters:
  ///   - matched: objects and detections.
  ///   - classCount: others than classes 1…classCount are left out.
  public static func curves(of matched: MatchedImages, classCount: Int) -> [ScoreCurve] {
    RankedVerdicts.ofClasses(matched, classCount: classCount).map(ScoreCurve.init)
  }
}
