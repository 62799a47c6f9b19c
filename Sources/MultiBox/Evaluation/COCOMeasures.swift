/// Average precision and recall under COCO's names, of all classes or of one; −1 where nothing of
/// the kind is to be found, or it is not among what was measured.
public protocol COCOMeasures {
  /// Average precision over the 101 recall points, with the highest limit of detections.
  ///
  /// - Parameters:
  ///   - range: the objects' areas.
  ///   - iouThreshold: one of those measured; nil takes the mean over all of them.
  func averagePrecision(_ range: COCOAreaRange, iouThreshold: Double?) -> Double

  /// Recall, the mean over all IoU thresholds.
  ///
  /// - Parameters:
  ///   - range: the objects' areas.
  ///   - limit: the number of detections of an image, one of those measured; nil takes the highest.
  func averageRecall(_ range: COCOAreaRange, limit: Int?) -> Double
}

extension COCOMeasures {
  /// Average precision, all areas, over all IoU thresholds: COCO's 0.50…0.95.
  public var ap: Double { averagePrecision(.all, iouThreshold: nil) }
  /// Average precision at IoU 0.50, all areas.
  public var ap50: Double { averagePrecision(.all, iouThreshold: 0.5) }
  /// Average precision at IoU 0.75, all areas.
  public var ap75: Double { averagePrecision(.all, iouThreshold: 0.75) }
  /// Average precision of areas up to 32².
  public var apSmall: Double { averagePrecision(.small, iouThreshold: nil) }
  /// Average precision of areas from 32² to 96².
  public var apMedium: Double { averagePrecision(.medium, iouThreshold: nil) }
  /// Average precision of areas from 96² on.
  public var apLarge: Double { averagePrecision(.large, iouThreshold: nil) }
  /// Mean recall with one detection an image.
  public var ar1: Double { averageRecall(.all, limit: 1) }
  /// Mean recall with 10 detections an image.
  public var ar10: Double { averageRecall(.all, limit: 10) }
  /// Mean recall with 100 detections an image.
  public var ar100: Double { averageRecall(.all, limit: 100) }
  /// Mean recall of areas up to 32², with the highest limit of detections.
  public var arSmall: Double { averageRecall(.small, limit: nil) }
  /// Mean recall of areas from 32² to 96², with the highest limit of detections.
  public var arMedium: Double { averageRecall(.medium, limit: nil) }
  /// Mean recall of areas from 96² on, with the highest limit of detections.
  public var arLarge: Double { averageRecall(.large, limit: nil) }
}

/// Means over some classes, taken when they are asked for: most are never looked at.
struct COCOFigures: Hashable, Sendable {
  private let measure: COCOAveragePrecision
  private let classes: [COCOClassEvaluation]

  init(_ classes: [COCOClassEvaluation], of measure: COCOAveragePrecision) {
    var measure = measure
    // What is measured is the same, whatever computes it.
    measure.threadCount = 1
    self.measure = measure
    self.classes = classes
  }

  func averagePrecision(_ range: COCOAreaRange, iouThreshold: Double?) -> Double {
    guard let number = measure.ranges.firstIndex(of: range) else { return -1 }
    let curves = classes.lazy.map { $0.precision(number) }.filter { !$0.isEmpty }
    guard let iouThreshold else { return Self.mean(curves.joined().joined()) }
    let threshold = measure.thresholdIndex(of: iouThreshold)
    return threshold.map { index in Self.mean(curves.map { $0[index] }.joined()) } ?? -1
  }

  func averageRecall(_ range: COCOAreaRange, limit: Int?) -> Double {
    let limits = measure.detectionLimits
    guard let number = measure.ranges.firstIndex(of: range),
      let index = limit.map({ limits.firstIndex(of: $0) }) ?? limits.indices.last
    else { return -1 }
    return Self.mean(classes.lazy.map { $0.recall(number, limit: index) }.joined())
  }

  private static func mean(_ values: some Sequence<Double>) -> Double {
    var sum = 0.0
    var count = 0
    for value in values {
      sum += value
      count += 1
    }
    return count == 0 ? -1 : sum / Double(count)
  }
}

extension COCOAveragePrecision {
  /// Returns the number of a threshold, as it is written: the reference's arithmetic gives
  /// 0.7999999999999999 for the seventh.
  func thresholdIndex(of iouThreshold: Double) -> Int? {
    iouThresholds.firstIndex { abs($0 - iouThreshold) < 1e-9 }
  }
}
