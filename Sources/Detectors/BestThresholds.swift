import MultiBox

/// The score of each class from which its detections are best taken: where F1 at IoU 0.5 was
/// highest on images that the network did not learn from.
///
/// Average precision looks at all scores; whoever acts on detections needs one to begin at, and the
/// best one differs from class to class.
public struct BestThresholds: Hashable, Sendable, Codable {
  /// The name of the split that they were measured on.
  public var split: String
  /// The score of each class, class c at index c − 1, 0…1; nil where none of its objects was found.
  public var scores: [Double?]

  /// The lowest score that is shown of a class without a best one.
  public static let usual = 0.5

  /// Creates thresholds.
  ///
  /// - Parameters:
  ///   - split: the name of the split that they were measured on.
  ///   - scores: class c at index c − 1, 0…1; nil where none of its objects was found.
  public init(split: String, scores: [Double?]) {
    self.split = split
    self.scores = scores
  }

  /// Takes the points of highest F1, rounded down to a thousandth: the detection that a point
  /// stands for still counts where another engine scores it a little lower.
  ///
  /// - Parameters:
  ///   - split: the name of the split that was measured.
  ///   - curves: class c at index c − 1.
  public init(split: String, curves: [ScoreCurve]) {
    self.init(
      split: split,
      scores: curves.map { curve in
        curve.best.map { ($0.threshold * 1000).rounded(.down) / 1000 }
      })
  }
}

extension ObjectDetector {
  /// The lowest score of each class that is shown where nobody names another, class c at index
  /// c − 1: its best threshold, else ``BestThresholds/usual``, and never one below what the
  /// detector reports.
  public var shownScores: [Double] {
    (0..<classNames.count).map { index in
      let scores = bestThresholds?.scores ?? []
      let best = index < scores.count ? scores[index] : nil
      return max(best ?? BestThresholds.usual, scoreThreshold)
    }
  }
}
