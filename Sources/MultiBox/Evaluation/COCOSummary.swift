/// COCO's twelve measures, and two of them by class; −1 where nothing of the kind is to be found.
public struct COCOSummary: Hashable, Sendable {
  /// The measures of one class.
  public struct OfClass: Hashable, Sendable {
    /// Average precision over IoU 0.50…0.95, all areas, 100 detections an image.
    public var ap: Double
    /// Average precision at IoU 0.50.
    public var ap50: Double
    /// The precision-recall curve for IoU .5, all areas, 100 detections, whose mean is ``ap50``.
    ///
    /// Precision at the recall points 0, .01 … 1. Empty where nothing of the class is to be found.
    public var precision50: [Double]
  }

  /// Average precision over IoU 0.50…0.95, all areas, 100 detections an image.
  public var ap: Double
  /// Average precision at IoU 0.50.
  public var ap50: Double
  /// Average precision at IoU 0.75.
  public var ap75: Double
  /// Average precision of areas up to 32².
  public var apSmall: Double
  /// Average precision of areas from 32² to 96².
  public var apMedium: Double
  /// Average precision of areas from 96² on.
  public var apLarge: Double
  /// Mean recall with one detection an image.
  public var ar1: Double
  /// Mean recall with 10 detections an image.
  public var ar10: Double
  /// Mean recall with 100 detections an image.
  public var ar100: Double
  /// Mean recall of areas up to 32², with 100 detections an image.
  public var arSmall: Double
  /// Mean recall of areas from 32² to 96², with 100 detections an image.
  public var arMedium: Double
  /// Mean recall of areas from 96² on, with 100 detections an image.
  public var arLarge: Double
  /// The measures of each class, class c at index c − 1.
  public var perClass: [OfClass]

  init(_ classes: [COCOClassEvaluation]) {
    let last = COCOAveragePrecision.detectionLimits.count - 1
    func precision(_ range: COCOAreaRange, threshold: Int? = nil) -> Double {
      Self.precision(classes, range, threshold: threshold)
    }
    func recall(_ range: COCOAreaRange, limit: Int) -> Double {
      Self.mean(classes.flatMap { $0.recall(range, limit: limit) })
    }
    ap = precision(.all)
    ap50 = precision(.all, threshold: 0)
    ap75 = precision(.all, threshold: 5)
    apSmall = precision(.small)
    apMedium = precision(.medium)
    apLarge = precision(.large)
    ar1 = recall(.all, limit: 0)
    ar10 = recall(.all, limit: 1)
    ar100 = recall(.all, limit: last)
    arSmall = recall(.small, limit: last)
    arMedium = recall(.medium, limit: last)
    arLarge = recall(.large, limit: last)
    perClass = classes.map {
      OfClass(
        ap: Self.precision([$0], .all, threshold: nil),
        ap50: Self.precision([$0], .all, threshold: 0),
        precision50: $0.precision(.all).first ?? [])
    }
  }

  private static func precision(
    _ classes: [COCOClassEvaluation], _ range: COCOAreaRange, threshold: Int?
  ) -> Double {
    mean(
      classes.flatMap { evaluation -> [Double] in
        let precision = evaluation.precision(range)
        guard let threshold else { return precision.flatMap { $0 } }
        return precision.isEmpty ? [] : precision[threshold]
      })
  }

  private static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? -1 : values.reduce(0, +) / Double(values.count)
  }
}
