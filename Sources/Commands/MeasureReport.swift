import Datasets
import Files
import Foundation
import MultiBox
import SSDReport

/// Measures as `evaluate` prints them, from files or from a run.
public struct MeasureReport {
  /// The evaluation's figures.
  private enum Figures {
    case coco(COCOSummary, DetectionDiagnosis)
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
          .summary(of: images),
        DetectionDiagnosis(images, classCount: classNames.count, threadCount: threadCount))
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
    case .coco(let summary, _):
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
    case .coco(let summary, _):
      zip(classKeys.keys, summary.perClass).map { ($0, ["AP": $1.ap, "AP50": $1.ap50]) }
    }
  }

  private var diagnosis: DetectionDiagnosis? {
    if case .coco(_, let diagnosis) = figures { diagnosis } else { nil }
  }

  /// One object: the totals by name, and `perClass` by `ClassKeys`; by COCO's measures also the
  /// threshold of highest F1 of each class, what is confused from there on, and what mistakes cost.
  public func json() throws -> String {
    var object: [String: Any] = [:]
    for (name, value) in totals { object[name] = value }
    var byClass = byClass.map(\.1)
    if let diagnosis {
      for (index, point) in diagnosis.best.enumerated() {
        byClass[index].merge([
          "threshold": point?.threshold ?? -1, "precision": point?.precision ?? -1,
          "recall": point?.recall ?? -1, "F1": point?.f1 ?? -1,
        ]) { $1 }
      }
      object["confusion"] = [
        "objects": ["background"] + classKeys.keys,
        "counts": (0...classKeys.keys.count).map { object in
          (0...classKeys.keys.count).map { diagnosis.confusion[object: object, detection: $0] }
        },
      ]
      object["mistakes"] = Dictionary(
        uniqueKeysWithValues: DetectionErrors.Kind.allCases.map { kind in
          let share = diagnosis.errors[kind]
          return (kind.rawValue, ["count": Double(share.count), "AP50": share.cost])
        })
    }
    object["perClass"] = classKeys.dictionary(byClass)
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
    for (index, (name, values)) in rows.enumerated() {
      var columns = values.sorted { $0.key < $1.key }.map { "\($0.key)\(figure($0.value))" }
      if let point = diagnosis?.best[index] {
        columns.append("F1\(figure(point.f1)) from score\(figure(point.threshold))")
      }
      lines.append(
        name.padding(toLength: width, withPad: " ", startingAt: 0)
          + columns.joined(separator: "   "))
    }
    for table in diagnosis?.mistakes(classKeys.keys) ?? [] { lines += [""] + table.lines() }
    return lines.joined(separator: "\n")
  }
}
