import Foundation
import MultiBox

/// What stands behind average precision at IoU .5: the best threshold of each class, what is
/// confused from there on, and what mistakes cost.
public struct DetectionDiagnosis: Sendable {
  /// The point of highest F1 of each class, class c at index c − 1; nil where nothing is found.
  public let best: [ScoreCurve.Point?]
  /// Mistakes by kind.
  public let errors: DetectionErrors
  /// Objects and detections of the best thresholds.
  public let confusion: ConfusionMatrix

  /// Looks at all images.
  ///
  /// - Parameters:
  ///   - images: objects and detections.
  ///   - classCount: others than classes 1…classCount are left out.
  ///   - threadCount: the number of threads, at least 1; the result does not depend on it.
  public init(_ images: [EvaluationImage], classCount: Int, threadCount: Int = 1) {
    let matched = MatchedImages(images, threadCount: threadCount)
    best = ScoreCurve.curves(of: matched, classCount: classCount).map(\.best)
    errors = DetectionErrors(matched, classCount: classCount)
    // Of a class that is never found no score is good enough.
    confusion = ConfusionMatrix(
      matched, classCount: classCount, minimumScores: best.map { $0?.threshold ?? .infinity })
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
          + [point.threshold, point.precision, point.recall, point.f1].map(Self.figure)
      })
  }

  /// The mistakes by kind, and the most frequent confusions where there are some.
  ///
  /// - Parameter names: of the classes.
  public func mistakes(_ names: ClassNames) -> [TextTable] {
    let kinds = TextTable(
      title: "mistakes", columns: ["count", "AP50 that they cost"],
      rows: Self.words.map { [$1, "\(errors[$0].count)", Self.figure(errors[$0].cost)] })
    let confused = confusions(names)
    guard !confused.isEmpty else { return [kinds] }
    return [kinds, TextTable(title: "taken for another", columns: ["count"], rows: confused)]
  }

  /// With all decimals: columns of figures have their points below each other.
  private static func figure(_ value: Double) -> String { String(format: "%.3f", value) }

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
