/// COCO's measures of all classes, and of each.
public struct COCOSummary: Hashable, Sendable, COCOMeasures {
  /// The measures of one class.
  public struct OfClass: Hashable, Sendable, COCOMeasures {
    /// The precision-recall curve for IoU .5, all areas, with the highest limit of detections,
    /// whose mean is AP50.
    ///
    /// Precision at the recall points 0, .01 … 1. Empty where nothing of the class is to be found,
    /// or .5 is no threshold that was measured.
    public let precision50: [Double]
    private let figures: COCOFigures

    init(_ evaluation: COCOClassEvaluation, of measure: COCOAveragePrecision) {
      figures = COCOFigures([evaluation], of: measure)
      let curves = evaluation.precision(0)
      precision50 =
        measure.thresholdIndex(of: 0.5).flatMap { curves.isEmpty ? nil : curves[$0] } ?? []
    }

    public func averagePrecision(_ range: COCOAreaRange, iouThreshold: Double?) -> Double {
      figures.averagePrecision(range, iouThreshold: iouThreshold)
    }

    public func averageRecall(_ range: COCOAreaRange, limit: Int?) -> Double {
      figures.averageRecall(range, limit: limit)
    }
  }

  /// The measures of each class, class c at index c − 1.
  public let perClass: [OfClass]
  private let figures: COCOFigures

  init(_ classes: [COCOClassEvaluation], of measure: COCOAveragePrecision) {
    figures = COCOFigures(classes, of: measure)
    perClass = classes.map { OfClass($0, of: measure) }
  }

  public func averagePrecision(_ range: COCOAreaRange, iouThreshold: Double?) -> Double {
    figures.averagePrecision(range, iouThreshold: iouThreshold)
  }

  public func averageRecall(_ range: COCOAreaRange, limit: Int?) -> Double {
    figures.averageRecall(range, limit: limit)
  }
}
