/// COCO's detection measures: average precision and recall.
///
/// Average precision is taken over IoU thresholds and 101 recall points, for all objects and for
/// those in ranges of area, and recall with limits on the detections of an image. COCO has ten
/// thresholds, three ranges by size, and the limits 1, 10 and 100.
///
/// The numbers are those of pycocotools: a detection takes the free object of highest IoU; crowd
/// regions and objects outside the range of area are ignored, as are detections that match them and
/// unmatched detections outside the range; a crowd region may match many detections, by
/// intersection over the detection's area. Areas are those that a file's sides give
/// (``EvaluationObject/boxArea``). Where nothing of a kind is to be found the measure is −1.
///
/// - SeeAlso: Lin et al., "Microsoft COCO" (arXiv:1405.0312).
public struct COCOAveragePrecision: Hashable, Sendable {
  /// The number of classes 1…classCount; means are taken over those that have objects.
  public var classCount: Int
  /// The number of threads, at least 1; the result does not depend on it.
  public var threadCount: Int
  /// The IoUs from which an object is found, each above 0, to 1.
  public var iouThresholds: [Double]
  /// The ranges of area that are measured by themselves, besides all areas.
  public var areaRanges: [COCOAreaRange]
  /// The numbers of detections of a class that count in an image, the best ones, rising, each 1 or
  /// more; the last is that of average precision.
  public var detectionLimits: [Int]

  /// Creates the measures; without further arguments they are COCO's.
  ///
  /// - Parameters:
  ///   - classCount: the number of classes.
  ///   - threadCount: the number of threads, at least 1; the result does not depend on it.
  ///   - iouThresholds: IoUs from which an object is found, each above 0, to 1.
  ///   - areaRanges: measured by themselves, besides all areas.
  ///   - detectionLimits: numbers of detections that count in an image, rising.
  /// - Precondition: thresholds, and limits that rise, in their ranges.
  public init(
    classCount: Int, threadCount: Int = 1,
    iouThresholds: [Double] = COCOAveragePrecision.usualIoUThresholds,
    areaRanges: [COCOAreaRange] = COCOAreaRange.sizes,
    detectionLimits: [Int] = COCOAveragePrecision.usualDetectionLimits
  ) {
    precondition(
      !iouThresholds.isEmpty && iouThresholds.allSatisfy { $0 > 0 && $0 <= 1 },
      "IoU thresholds above 0, to 1: \(iouThresholds)")
    precondition(
      !detectionLimits.isEmpty && detectionLimits[0] > 0
        && zip(detectionLimits, detectionLimits.dropFirst()).allSatisfy { $0 < $1 },
      "rising limits from 1: \(detectionLimits)")
    self.classCount = classCount
    self.threadCount = threadCount
    self.iouThresholds = iouThresholds
    self.areaRanges = areaRanges
    self.detectionLimits = detectionLimits
  }

  /// COCO's 0.5, 0.55 … 0.95, in the arithmetic of the reference, because IoUs fall on them.
  public static let usualIoUThresholds: [Double] = {
    let step: Double = (0.95 - 0.5) / 9
    return (0..<9).map { 0.5 + Double($0) * step } + [0.95]
  }()
  /// COCO's 1, 10 and 100 detections of a class in an image.
  public static let usualDetectionLimits = [1, 10, 100]

  static let recallPoints: [Double] = (0..<100).map { Double($0) * 0.01 } + [1]

  /// Measures all images.
  ///
  /// - Parameter images: by ascending id; equal scores of different images keep this order.
  public func summary(of images: [EvaluationImage]) -> COCOSummary {
    let objects = ClassGroups(classCount: classCount, images: images.lazy.map(\.objects)) {
      $0.classIndex
    }
    let detections = ClassGroups(classCount: classCount, images: images.lazy.map(\.detections)) {
      $0.classIndex
    }
    let evaluations = concurrentMap(count: classCount, threadCount: threadCount) {
      COCOClassEvaluation(objects: objects[$0 + 1], detections: detections[$0 + 1], of: self)
    }
    return COCOSummary(evaluations, of: self)
  }

  /// All areas, then the ranges.
  var ranges: [COCOAreaRange] { [.all] + areaRanges }

  /// Returns at each recall point the best precision at that recall or a higher one.
  ///
  /// - Parameter precisions: where the 1st, 2nd … object is found.
  static func interpolated(_ precisions: [Double], objectCount: Int) -> [Double] {
    var envelope = precisions
    for index in envelope.indices.dropLast().reversed() {
      envelope[index] = max(envelope[index], envelope[index + 1])
    }
    var position = 0
    return recallPoints.map { point in
      while position < envelope.count, Double(position + 1) / Double(objectCount) < point {
        position += 1
      }
      return position < envelope.count ? envelope[position] : 0
    }
  }
}
