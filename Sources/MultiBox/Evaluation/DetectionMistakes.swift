/// The mistakes of a detector in one image: wrong detections and missed objects.
///
/// Detections and objects are put together by ``DetectionMatching``.
public struct DetectionMistakes: Hashable, Sendable, CustomStringConvertible {
  /// Positions of detections that match no object, by falling score.
  public let wrong: [Int]
  /// Positions of objects that no detection matches; crowds and difficult ones are never missed.
  public let missed: [Int]
  /// The badness of the mistakes, for sorting: the scores of wrong detections, and 1 for each
  /// missed object.
  public let weight: Double

  /// The number of mistakes.
  public var count: Int { wrong.count + missed.count }

  /// Finds the mistakes.
  ///
  /// - Parameters:
  ///   - image: objects and detections, in pixels.
  ///   - minimumScore: detections below it are not looked at.
  ///   - iouThreshold: the IoU from which a detection matches an object.
  public init(_ image: EvaluationImage, minimumScore: Double, iouThreshold: Double = 0.5) {
    self.init(image, DetectionMatching(image, iouThreshold: iouThreshold)) {
      $0.score >= minimumScore
    }
  }

  /// Finds the mistakes of an image that was matched.
  ///
  /// - Parameters:
  ///   - image: objects and detections, in pixels. Those of other classes than the ones that have a
  ///     score are not looked at.
  ///   - matching: of the image.
  ///   - minimumScores: for each class, class c at index c − 1, the score from which its detections
  ///     are looked at.
  public init(_ image: EvaluationImage, _ matching: DetectionMatching, minimumScores: [Double]) {
    let classCount = minimumScores.count
    self.init(image, matching) {
      $0.classIndex.isClass(of: classCount) && $0.score >= minimumScores[$0.classIndex - 1]
    } isObject: {
      $0.classIndex.isClass(of: classCount)
    }
  }

  private init(
    _ image: EvaluationImage, _ matching: DetectionMatching,
    isTaken: (EvaluationDetection) -> Bool, isObject: (EvaluationObject) -> Bool = { _ in true }
  ) {
    let detections = image.detections
    wrong = matching.order.filter { matching.verdicts[$0] == .wrong && isTaken(detections[$0]) }
    missed = image.objects.indices.filter { position in
      guard image.objects[position].counts, isObject(image.objects[position]) else { return false }
      return matching.finders[position].map { !isTaken(detections[$0]) } ?? true
    }
    weight = Double(missed.count) + wrong.reduce(0) { $0 + detections[$1].score }
  }

  /// The counts in words: `2 missed, 1 wrong`.
  public var description: String {
    count == 0 ? "all right" : "\(missed.count) missed, \(wrong.count) wrong"
  }
}
