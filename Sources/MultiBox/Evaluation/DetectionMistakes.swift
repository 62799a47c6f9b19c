/// The mistakes of a detector in one image: wrong detections and missed objects.
///
/// Detections take objects of their class by falling score, each the free one of highest IoU; those
/// on crowds or difficult objects count neither as right nor as wrong.
public struct DetectionMistakes: Hashable, Sendable, CustomStringConvertible {
  /// Positions of detections that match no object.
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
    let detections = image.detections
    let order = detections.indices.filter { detections[$0].score >= minimumScore }.sorted {
      detections[$0].score > detections[$1].score
        || (detections[$0].score == detections[$1].score && $0 < $1)
    }
    var isTaken = [Bool](repeating: false, count: image.objects.count)
    var wrong: [Int] = []
    for index in order {
      let detection = detections[index]
      var best: (index: Int, overlap: Double)?
      var isExcused = false
      for (position, object) in image.objects.enumerated()
      where object.classIndex == detection.classIndex {
        let overlap = object.box.intersectionOverUnion(detection.box)
        if object.isCrowd || object.isDifficult {
          let shared = object.box.intersectionArea(detection.box)
          let share = object.isCrowd ? shared / max(detection.box.area, .ulpOfOne) : overlap
          if share >= iouThreshold { isExcused = true }
        } else if !isTaken[position], overlap >= iouThreshold, overlap > best?.overlap ?? 0 {
          best = (position, overlap)
        }
      }
      if let best {
        isTaken[best.index] = true
      } else if !isExcused {
        wrong.append(index)
      }
    }
    self.wrong = wrong
    missed = image.objects.indices.filter {
      !isTaken[$0] && !image.objects[$0].isCrowd && !image.objects[$0].isDifficult
    }
    weight = Double(missed.count) + wrong.reduce(0) { $0 + detections[$1].score }
  }

  /// The counts in words: `2 missed, 1 wrong`.
  public var description: String {
    count == 0 ? "all right" : "\(missed.count) missed, \(wrong.count) wrong"
  }
}
