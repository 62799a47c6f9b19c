/// COCO's detection measures: average precision and recall.
///
/// Average precision is taken over ten IoU thresholds, 101 recall points and four ranges of area,
/// and recall with 1, 10 and 100 detections an image.
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

  /// Creates the measures.
  public init(classCount: Int, threadCount: Int = 1) {
    self.classCount = classCount
    self.threadCount = threadCount
  }

  /// 0.5, 0.55 … 0.95, in the arithmetic of the reference, because IoUs fall on them.
  static let iouThresholds: [Double] = {
    let step: Double = (0.95 - 0.5) / 9
    return (0..<9).map { 0.5 + Double($0) * step } + [0.95]
  }()
  static let recallPoints: [Double] = (0..<100).map { Double($0) * 0.01 } + [1]
  static let detectionLimits = [1, 10, 100]

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
      COCOClassEvaluation(objects: objects[$0 + 1], detections: detections[$0 + 1])
    }
    return COCOSummary(evaluations)
  }

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
