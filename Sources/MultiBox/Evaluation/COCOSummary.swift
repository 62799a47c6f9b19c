/// COCO's twelve measures, and two of them by class. −1 where nothing of the kind is to be found.
public struct COCOSummary: Hashable, Sendable, Codable {
  /// Measures of one class.
  public struct OfClass: Hashable, Sendable, Codable {
    public var AP: Double
    public var AP50: Double
  }

  /// Mean over IoU 0.50…0.95, all areas, 100 detections.
  public var AP: Double
  public var AP50: Double
  public var AP75: Double
  /// Areas up to 32².
  public var APsmall: Double
  /// Areas from 32² to 96².
  public var APmedium: Double
  /// Areas from 96².
  public var APlarge: Double
  /// Mean recall with 1, 10 and 100 detections an image.
  public var AR1: Double
  public var AR10: Double
  public var AR100: Double
  public var ARsmall: Double
  public var ARmedium: Double
  public var ARlarge: Double
  /// Class c at index c − 1.
  public var perClass: [OfClass]

  init(_ classes: [COCOClassEvaluation]) {
    let last = COCOAveragePrecision.detectionLimits.count - 1
    func precision(_ range: COCOAreaRange, threshold: Int? = nil) -> Double {
      Self.precision(classes, range, threshold: threshold, limit: last)
    }
    func recall(_ range: COCOAreaRange, limit: Int) -> Double {
      Self.mean(classes.flatMap { $0.measure(range, limit: limit).recall })
    }
    AP = precision(.all)
    AP50 = precision(.all, threshold: 0)
    AP75 = precision(.all, threshold: 5)
    APsmall = precision(.small)
    APmedium = precision(.medium)
    APlarge = precision(.large)
    AR1 = recall(.all, limit: 0)
    AR10 = recall(.all, limit: 1)
    AR100 = recall(.all, limit: last)
    ARsmall = recall(.small, limit: last)
    ARmedium = recall(.medium, limit: last)
    ARlarge = recall(.large, limit: last)
    perClass = classes.map {
      OfClass(
        AP: Self.precision([$0], .all, threshold: nil, limit: last),
        AP50: Self.precision([$0], .all, threshold: 0, limit: last))
    }
  }

  private static func precision(
    _ classes: [COCOClassEvaluation], _ range: COCOAreaRange, threshold: Int?, limit: Int
  ) -> Double {
    mean(
      classes.flatMap { evaluation -> [Double] in
        let precision = evaluation.measure(range, limit: limit).precision
        guard let threshold else { return precision.flatMap { $0 } }
        return precision.isEmpty ? [] : precision[threshold]
      })
  }

  private static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? -1 : values.reduce(0, +) / Double(values.count)
  }
}
