/// Objects by their class and that of the detection which finds them, background among both.
///
/// Detections that find an object of their class (``DetectionMatching``) are counted first. Each
/// other one takes, by falling score, the object of highest IoU that is still without a detection,
/// whatever its class: the two are confused. What then remains of the detections was found in the
/// background, and what remains of the objects was taken for background.
public struct ConfusionMatrix: Hashable, Sendable {
  /// The number of classes without the background.
  public let classCount: Int
  private var counts: [Int]

  /// The number of objects of class `object` found as class `detection`; 0 is the background.
  public subscript(object object: Int, detection detection: Int) -> Int {
    counts[object * (classCount + 1) + detection]
  }

  /// Counts.
  ///
  /// - Parameters:
  ///   - matched: objects and detections. Crowds and difficult objects, and detections of them,
  ///     are left out.
  ///   - classCount: others than classes 1…classCount are left out.
  ///   - minimumScores: for each class, class c at index c − 1, the score from which its detections
  ///     are taken.
  /// - Precondition: a score for each class.
  public init(_ matched: MatchedImages, classCount: Int, minimumScores: [Double]) {
    precondition(minimumScores.count == classCount, "a score for each class")
    self.classCount = classCount
    counts = [Int](repeating: 0, count: (classCount + 1) * (classCount + 1))
    for (image, matching) in zip(matched.images, matched.matchings) {
      count(image, matching, minimumScores, matched.iouThreshold)
    }
  }

  private mutating func count(
    _ image: EvaluationImage, _ matching: DetectionMatching, _ minimumScores: [Double],
    _ iouThreshold: Double
  ) {
    // A detection takes objects of its own class alone, so leaving out those of lower score, class
    // by class, changes nothing for the others.
    func isTaken(_ detection: EvaluationDetection) -> Bool {
      detection.classIndex.isClass(of: classCount)
        && detection.score >= minimumScores[detection.classIndex - 1]
    }
    var isFree = image.objects.indices.map { position in
      let object = image.objects[position]
      guard object.counts, object.classIndex.isClass(of: classCount) else { return false }
      return !(matching.finders[position].map { isTaken(image.detections[$0]) } ?? false)
    }
    for index in matching.order where matching.verdicts[index] != .ignored {
      let detection = image.detections[index]
      guard isTaken(detection) else { continue }
      if case .right = matching.verdicts[index] {
        add(detection.classIndex, detection.classIndex)
        continue
      }
      var best: (position: Int, overlap: Double)?
      for (position, object) in image.objects.enumerated() where isFree[position] {
        let overlap = object.box.intersectionOverUnion(detection.box)
        if overlap >= iouThreshold, overlap > best?.overlap ?? 0 { best = (position, overlap) }
      }
      if let best { isFree[best.position] = false }
      add(best.map { image.objects[$0.position].classIndex } ?? 0, detection.classIndex)
    }
    for (position, object) in image.objects.enumerated() where isFree[position] {
      add(object.classIndex, 0)
    }
  }

  private mutating func add(_ object: Int, _ detection: Int) {
    counts[object * (classCount + 1) + detection] += 1
  }
}
