/// The detections of one image given to its objects.
///
/// By falling score each detection takes, of the free objects of its class, the one of highest IoU.
/// What a detection gets does not depend on those of lower score, so the detections from any score
/// on are a prefix of the same matching. Detections that find no free object but lie on crowds or
/// difficult objects count neither as right nor as wrong.
public struct DetectionMatching: Hashable, Sendable {
  /// What became of a detection.
  public enum Verdict: Hashable, Sendable {
    /// It finds the object at this position.
    case right(object: Int)
    /// It finds none.
    case wrong
    /// It lies on a crowd or a difficult object.
    case ignored
  }

  /// Positions of the detections by falling score; equal scores keep the order given.
  public let order: [Int]
  /// The verdict on each detection.
  public let verdicts: [Verdict]
  /// For each object the position of the detection that finds it.
  public let finders: [Int?]

  /// Matches.
  ///
  /// - Parameters:
  ///   - image: objects and detections, in pixels.
  ///   - iouThreshold: the IoU from which a detection finds an object, above 0; of a crowd the
  ///     share of the detection that lies in it.
  public init(_ image: EvaluationImage, iouThreshold: Double = 0.5) {
    let detections = image.detections
    order = detections.lazy.map(\.score).fallingOrder
    var verdicts = [Verdict](repeating: .wrong, count: detections.count)
    var finders = [Int?](repeating: nil, count: image.objects.count)
    for index in order {
      let detection = detections[index]
      var best: (position: Int, overlap: Double)?
      for (position, object) in image.objects.enumerated()
      where object.classIndex == detection.classIndex {
        let overlap = object.box.intersectionOverUnion(detection.box)
        if object.counts {
          guard finders[position] == nil, overlap >= iouThreshold else { continue }
          if overlap > best?.overlap ?? 0 { best = (position, overlap) }
        } else {
          let shared = object.box.intersectionArea(detection.box)
          let share = object.isCrowd ? shared / max(detection.box.area, .ulpOfOne) : overlap
          if share >= iouThreshold { verdicts[index] = .ignored }
        }
      }
      if let best {
        finders[best.position] = index
        verdicts[index] = .right(object: best.position)
      }
    }
    self.verdicts = verdicts
    self.finders = finders
  }
}

extension EvaluationObject {
  /// True for what is to be found: neither a crowd nor difficult.
  var counts: Bool { !isCrowd && !isDifficult }
}

extension Int {
  /// True for one of the classes 1…`classCount`.
  func isClass(of classCount: Int) -> Bool { 0 < self && self <= classCount }
}
