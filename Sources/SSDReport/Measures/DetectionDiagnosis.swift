import Foundation
import MultiBox

/// What stands behind average precision at IoU .5: the best threshold of each class, what is
/// confused from there on, what mistakes cost, and how far scores can be believed.
public struct DetectionDiagnosis: Sendable {
  /// Precision, recall and F1 over the score of each class, class c at index c − 1.
  public let curves: [ScoreCurve]
  /// The point of highest F1 of each class, class c at index c − 1; nil where nothing is found.
  public let best: [ScoreCurve.Point?]
  /// Mistakes by kind.
  public let errors: DetectionErrors
  /// Objects and detections of the best thresholds.
  public let confusion: ConfusionMatrix
  /// Scores beside precision, of all classes.
  public let calibration: ScoreCalibration
  /// What is wrong in each image from the best thresholds on.
  public let mistakes: [DetectionMistakes]

  /// For each class, class c at index c − 1, its best threshold; ∞ where nothing is found.
  let lowestScores: [Double]

  /// Looks at all images.
  ///
  /// - Parameters:
  ///   - matched: objects and detections.
  ///   - classCount: others than classes 1…classCount are left out.
  public init(_ matched: MatchedImages, classCount: Int) {
    curves = ScoreCurve.curves(of: matched, classCount: classCount)
    best = curves.map(\.best)
    errors = DetectionErrors(matched, classCount: classCount)
    // Of a class that is never found no score is good enough.
    let lowestScores = best.map { $0?.threshold ?? .infinity }
    confusion = ConfusionMatrix(matched, classCount: classCount, minimumScores: lowestScores)
    calibration = ScoreCalibration(matched, classCount: classCount)
    mistakes = zip(matched.images, matched.matchings).map {
      DetectionMistakes($0, $1, minimumScores: lowestScores)
    }
    self.lowestScores = lowestScores
  }

  /// Returns the images with the worst mistakes, the worst first, of equal ones the first: their
  /// positions. Images without a mistake are none of them.
  ///
  /// - Parameter count: at most so many.
  public func worstImages(_ count: Int) -> [Int] {
    Array(
      mistakes.indices.filter { mistakes[$0].count > 0 }
        .sorted { (mistakes[$0].weight, $1) > (mistakes[$1].weight, $0) }
        .prefix(count))
  }

  private static let words: [(kind: DetectionErrors.Kind, text: String)] = [
    (.localization, "badly placed"), (.classification, "of another class"),
    (.both, "both of these"), (.duplicate, "found twice"), (.background, "where nothing is"),
    (.missed, "missed"),
  ]

  /// The best threshold of each class, with what is reached from there on.
  ///
  /// - Parameter names: of the classes.
  public func thresholds(_ names: ClassNames) -> TextTable {
    TextTable(
      title: "best threshold", columns: ["score", "precision", "recall", "F1"],
      rows: zip(names, best).map { name, point in
        guard let point else { return [name, "–"] }
        return [name]
          + [point.threshold, point.precision, point.recall, point.f1].map(TextTable.figure)
      })
  }

  /// The mistakes by kind, and the most frequent confusions where there are some.
  ///
  /// - Parameter names: of the classes.
  public func mistakes(_ names: ClassNames) -> [TextTable] {
    let kinds = TextTable(
      title: "mistakes", columns: ["count", "AP50 that they cost"],
      rows: Self.words.map { [$1, "\(errors[$0].count)", TextTable.figure(errors[$0].cost)] })
    let confused = confusions(names)
    guard !confused.isEmpty else { return [kinds] }
    return [kinds, TextTable(title: "taken for another", columns: ["count"], rows: confused)]
  }

  /// The images with the worst mistakes; nil where nothing is wrong.
  ///
  /// - Parameters:
  ///   - count: at most so many.
  ///   - imageNames: of all images.
  public func worst(_ count: Int, _ imageNames: [String]) -> TextTable? {
    let rows = worstImages(count).map {
      [imageNames[$0], "\(mistakes[$0].missed.count)", "\(mistakes[$0].wrong.count)"]
    }
    guard !rows.isEmpty else { return nil }
    return TextTable(title: "worst images", columns: ["missed", "wrong"], rows: rows)
  }

  /// A sentence on how far scores can be believed; nil where there are none to speak of.
  public var calibrationWords: String? {
    guard let error = calibration.expectedError(), let excess = calibration.overconfidence()
    else { return nil }
    let from = NumberStyle.measure.text(ScoreCalibration.usualScore)
    let size = TextTable.figure(abs(excess))
    let mean =
      size == TextTable.figure(0) ? "right" : "\(size) too \(excess < 0 ? "low" : "high")"
    return "Scores from \(from) are \(mean) in the mean; expected calibration error"
      + " \(TextTable.figure(error))."
  }

  /// The most frequent confusions of two classes.
  private func confusions(_ names: ClassNames) -> [[String]] {
    var found: [(count: Int, text: String)] = []
    for object in names.indices {
      for detection in names.indices where detection != object {
        let count = confusion[object: object, detection: detection]
        if count > 0 { found.append((count, "\(names[object]) for \(names[detection])")) }
      }
    }
    return found.enumerated()
      .sorted { ($0.element.count, $1.offset) > ($1.element.count, $0.offset) }
      .prefix(5).map { [$0.element.text, "\($0.element.count)"] }
  }
}

extension COCOSummary {
  /// Average precision by class and by range of area; nil without ranges.
  ///
  /// - Parameters:
  ///   - names: of the classes.
  ///   - ranges: those that were measured.
  public func averagePrecisionBySize(
    _ names: ClassNames, _ ranges: [COCOAreaRange] = COCOAreaRange.sizes
  ) -> TextTable? {
    guard !ranges.isEmpty else { return nil }
    return TextTable(
      title: "AP by size", columns: ranges.map(\.name),
      rows: zip(names, perClass).map { name, measures in
        [name]
          + ranges.map { range in
            let value = measures.averagePrecision(range, iouThreshold: nil)
            return value < 0 ? "–" : TextTable.figure(value)
          }
      })
  }
}
