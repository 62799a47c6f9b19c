/// Images whose detections are given to their objects, once for all measures that look at it.
public struct MatchedImages: Sendable {
  /// Objects and detections.
  public let images: [EvaluationImage]
  /// What became of them, in the same order.
  public let matchings: [DetectionMatching]
  /// The IoU from which a detection finds an object.
  public let iouThreshold: Double

  /// Matches.
  ///
  /// - Parameters:
  ///   - images: objects and detections.
  ///   - iouThreshold: the IoU from which a detection finds an object, above 0.
  ///   - threadCount: the number of threads, at least 1; the result does not depend on it.
  public init(_ images: [EvaluationImage], iouThreshold: Double = 0.5, threadCount: Int = 1) {
    self.images = images
    self.iouThreshold = iouThreshold
    // Thousands of images have a few detections each: they are taken by the hundred.
    let size = 128
    let parts = concurrentMap(
      count: (images.count + size - 1) / size, threadCount: threadCount
    ) { part in
      images[part * size..<min(images.count, (part + 1) * size)].map {
        DetectionMatching($0, iouThreshold: iouThreshold)
      }
    }
    matchings = parts.flatMap { $0 }
  }
}
