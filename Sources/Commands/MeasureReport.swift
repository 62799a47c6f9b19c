import Datasets
import Files
import Foundation
import MultiBox

/// Measures as `evaluate` prints them, from files or from a run.
public struct MeasureReport {
  /// The evaluation's figures.
  private enum Figures {
    case coco(COCOSummary)
    case voc(VOCAveragePrecision.Summary)
  }

  private let figures: Figures
  private let classKeys: ClassKeys

  /// One line about classes that the names do not tell apart; nil where they do.
  public var note: String? { classKeys.note }

  /// Measures images, given by ascending id.
  public init(
    _ images: [EvaluationImage], classNames: ClassNames, metric: MetricOption, iouThreshold: Double,
    threadCount: Int
  ) {
    classKeys = ClassKeys(classNames)
    switch metric {
    case .coco:
      figures = .coco(
        COCOAveragePrecision(classCount: classNames.count, threadCount: threadCount)
          .summary(of: images))
    case .voc07, .voc10:
      figures = .voc(
        VOCAveragePrecision(
          classCount: classNames.count,
          interpolation: metric == .voc07 ? .elevenPoints : .allPoints, iouThreshold: iouThreshold
        ).summary(of: images))
    }
  }

  /// The figures that are not by class, in the order of their definition.
  private var totals: [(String, Double)] {
    switch figures {
    case .voc(let summary): [("mAP", summary.mAP)]
    case .coco(let summary):
      [
        ("AP", summary.ap), ("AP50", summary.ap50), ("AP75", summary.ap75),
        ("APsmall", summary.apSmall), ("APmedium", summary.apMedium), ("APlarge", summary.apLarge),
        ("AR1", summary.ar1), ("AR10", summary.ar10), ("AR100", summary.ar100),
        ("ARsmall", summary.arSmall), ("ARmedium", summary.arMedium), ("ARlarge", summary.arLarge),
      ]
    }
  }

  private var byClass: [(String, [String: Double])] {
    switch figures {
    case .voc(let summary): zip(classKeys.keys, summary.perClass).map { ($0, ["AP": $1]) }
    case .coco(let summary):
      zip(classKeys.keys, summary.perClass).map { ($0, ["AP": $1.ap, "AP50": $1.ap50]) }
    }
  }

  /// One object: the totals by name, and `perClass` by `ClassKeys`.
  public func json() throws -> String {
    var object: [String: Any] = [:]
    for (name, value) in totals { object[name] = value }
    object["perClass"] = classKeys.dictionary(byClass.map(\.1))
    let data = try JSONSerialization.data(
      withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data, as: UTF8.self)
  }

  /// A table for people.
  public func table() -> String {
    func figure(_ value: Double) -> String {
      value < 0 ? "     –" : String(format: "%6.3f", value)
    }
    var lines = totals.map { name, value in
      name.padding(toLength: 10, withPad: " ", startingAt: 0) + figure(value)
    }
    let rows = byClass.map { ($0.0.shown, $0.1) }
    let width = (rows.map(\.0.count).max() ?? 0) + 2
    lines.append("")
    for (name, values) in rows {
      let columns = values.sorted { $0.key < $1.key }.map { "\($0.key)\(figure($0.value))" }
      lines.append(
        name.padding(toLength: width, withPad: " ", startingAt: 0)
          + columns.joined(separator: "   "))
    }
    return lines.joined(separator: "\n")
  }
}
