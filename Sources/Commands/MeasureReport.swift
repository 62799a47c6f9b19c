import Datasets
import Files
import Foundation
import MultiBox
import SSDReport

/// Measures as `evaluate` prints them, from files or from a run.
public struct MeasureReport {
  /// The evaluation's figures.
  private enum Figures {
    case coco(COCOSummary, DetectionDiagnosis, [COCOMeasureName])
    case voc(VOCAveragePrecision.Summary)
  }

  private let figures: Figures
  private let classKeys: ClassKeys
  private let areaRanges: [COCOAreaRange]
  private let imageNames: [String]

  /// Images that are named because it goes most wrong there.
  private static let worstCount = 5

  /// One line about classes that the names do not tell apart; nil where they do.
  public var note: String? { classKeys.note }

  /// Measures images, given by ascending id.
  ///
  /// - Parameters:
  ///   - images: objects and detections.
  ///   - imageNames: of the images, in their order.
  ///   - classNames: names of the classes.
  ///   - options: the measure, and what it takes.
  ///   - threadCount: at least 1.
  /// - Throws: a usage error for an option that says nothing.
  public init(
    _ images: [EvaluationImage], imageNames: [String], classNames: ClassNames,
    options: EvaluateOptions.Measure, threadCount: Int
  ) throws {
    classKeys = ClassKeys(classNames)
    self.imageNames = imageNames
    switch options.metric {
    case .coco:
      let measure = try options.coco(classCount: classNames.count, threadCount: threadCount)
      areaRanges = measure.areaRanges
      figures = .coco(
        measure.summary(of: images),
        DetectionDiagnosis(
          MatchedImages(images, threadCount: threadCount), classCount: classNames.count),
        COCOMeasureName.all(of: measure, tellsEachThreshold: options.iouThresholds != nil))
    case .voc07, .voc10:
      areaRanges = []
      figures = .voc(
        VOCAveragePrecision(
          classCount: classNames.count,
          interpolation: options.metric == .voc07 ? .elevenPoints : .allPoints,
          iouThreshold: options.iouThreshold ?? EvaluateOptions.Measure.usualThreshold
        ).summary(of: images))
    }
  }

  /// The figures that are not by class, in the order of their definition.
  private var totals: [(String, Double)] {
    switch figures {
    case .voc(let summary): [("mAP", summary.mAP)]
    case .coco(let summary, _, let names): names.map { ($0.name, $0.value(summary)) }
    }
  }

  /// All figures of each class.
  private var byClass: [[String: Double]] {
    switch figures {
    case .voc(let summary): return summary.perClass.map { ["AP": $0] }
    case .coco(let summary, let diagnosis, let names):
      return zip(summary.perClass, diagnosis.best).map { measures, point in
        var values = Dictionary(uniqueKeysWithValues: names.map { ($0.name, $0.value(measures)) })
        values["threshold"] = point?.threshold ?? -1
        values["precision"] = point?.precision ?? -1
        values["recall"] = point?.recall ?? -1
        values["F1"] = point?.f1 ?? -1
        return values
      }
    }
  }

  /// One object: the totals by name, and `perClass` by `ClassKeys`; by COCO's measures also what is
  /// confused from the best thresholds on, what mistakes cost, how far scores can be believed, and
  /// the worst images.
  ///
  /// - Parameter leftOut: what is not among the images and their objects, for `leftOut`.
  public func json(leftOut: UnmeasuredCount) throws -> String {
    var object: [String: Any] = [
      "leftOut": [
        "detections": leftOut.detections, "images": leftOut.images, "objects": leftOut.objects,
      ]
    ]
    for (name, value) in totals { object[name] = value }
    if case .coco(_, let diagnosis, _) = figures {
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
      object["calibration"] = Self.calibration(diagnosis.calibration)
      object["worstImages"] = diagnosis.worstImages(Self.worstCount).map { index -> [String: Any] in
        let mistakes = diagnosis.mistakes[index]
        return [
          "image": imageNames[index], "missed": mistakes.missed.count,
          "wrong": mistakes.wrong.count,
        ]
      }
    }
    object["perClass"] = classKeys.dictionary(byClass)
    let data = try JSONSerialization.data(
      withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data, as: UTF8.self)
  }

  private static func calibration(_ calibration: ScoreCalibration) -> [String: Any] {
    [
      "from": ScoreCalibration.usualScore, "error": calibration.expectedError() ?? -1,
      "overconfidence": calibration.overconfidence() ?? 0,
      "bins": calibration.bins.map { bin -> [String: Any] in
        [
          "from": bin.scores.lowerBound, "to": bin.scores.upperBound, "count": bin.count,
          "score": bin.meanScore, "precision": bin.precision,
        ]
      },
    ]
  }

  /// A table for people.
  public func table() -> String {
    func figure(_ value: Double) -> String {
      value < 0 ? "     –" : String(format: "%6.3f", value)
    }
    let nameWidth = max(totals.map(\.0.count).max() ?? 0, 8) + 2
    var lines = totals.map { name, value in
      name.padding(toLength: nameWidth, withPad: " ", startingAt: 0) + figure(value)
    }
    let names = classKeys.keys.map(\.shown)
    let width = (names.map(\.count).max() ?? 0) + 2
    lines.append("")
    for (name, values) in zip(names, byClass) {
      var columns = ["AP", "AP50"].compactMap { key in
        values[key].map { "\(key)\(figure($0))" }
      }
      if let score = values["threshold"], let f1 = values["F1"], score >= 0 {
        columns.append("F1\(figure(f1)) from score\(figure(score))")
      }
      lines.append(
        name.padding(toLength: width, withPad: " ", startingAt: 0)
          + columns.joined(separator: "   "))
    }
    guard case .coco(let summary, let diagnosis, _) = figures else {
      return lines.joined(separator: "\n")
    }
    let tables =
      [summary.averagePrecisionBySize(classKeys.keys, areaRanges)].compactMap { $0 }
      + diagnosis.mistakes(classKeys.keys)
      + [diagnosis.worst(Self.worstCount, imageNames)].compactMap { $0 }
    for table in tables { lines += [""] + table.lines() }
    if let words = diagnosis.calibrationWords { lines += ["", words] }
    return lines.joined(separator: "\n")
  }
}

/// A figure of COCO's measures and what it is called.
struct COCOMeasureName {
  let name: String
  let value: (any COCOMeasures) -> Double

  /// The figures of a measure in COCO's order: AP, AP50, AP75, APsmall …, AR1 …, ARsmall ….
  ///
  /// - Parameters:
  ///   - measure: thresholds, ranges and limits.
  ///   - tellsEachThreshold: AP at each threshold; else at COCO's .5 and .75.
  static func all(
    of measure: COCOAveragePrecision, tellsEachThreshold: Bool
  ) -> [COCOMeasureName] {
    let thresholds = tellsEachThreshold ? measure.iouThresholds : [0.5, 0.75]
    return [COCOMeasureName(name: "AP") { $0.ap }]
      + thresholds.map { threshold in
        COCOMeasureName(name: "AP" + String(format: "%g", threshold * 100)) {
          $0.averagePrecision(.all, iouThreshold: threshold)
        }
      }
      + measure.areaRanges.map { range in
        COCOMeasureName(name: "AP" + range.name) {
          $0.averagePrecision(range, iouThreshold: nil)
        }
      }
      + measure.detectionLimits.map { limit in
        COCOMeasureName(name: "AR\(limit)") { $0.averageRecall(.all, limit: limit) }
      }
      + measure.areaRanges.map { range in
        COCOMeasureName(name: "AR" + range.name) { $0.averageRecall(range, limit: nil) }
      }
  }
}
