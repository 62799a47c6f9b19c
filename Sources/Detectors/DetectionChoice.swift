import MultiBox

/// Which of an image's detections are shown: from which score on, of which classes, and how many.
public struct DetectionChoice: Hashable, Sendable {
  /// The lowest score of each class, itself included, class c at index c − 1.
  public var lowestScores: [Double]
  /// The numbers of the classes that are shown; nil for all.
  public var classes: Set<Int>?
  /// The largest number of detections, the best; nil for all.
  public var maximum: Int?

  /// Creates a choice.
  ///
  /// - Parameters:
  ///   - lowestScores: class c at index c − 1, 0…1.
  ///   - classes: the numbers of the classes that are shown, from 1; nil for all.
  ///   - maximum: the largest number of detections, 0 or more; nil for all.
  public init(lowestScores: [Double], classes: Set<Int>? = nil, maximum: Int? = nil) {
    self.lowestScores = lowestScores
    self.classes = classes
    self.maximum = maximum
  }

  /// Returns those of an image's `detections` that are shown, in their order.
  ///
  /// - Parameter detections: best first.
  public func chosen(_ detections: [PixelDetection]) -> [PixelDetection] {
    let shown = detections.lazy.filter { detection in
      detection.reaches(lowestScores[detection.classIndex - 1])
        && classes?.contains(detection.classIndex) ?? true
    }
    return Array(shown.prefix(maximum ?? .max))
  }
}
