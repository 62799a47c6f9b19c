/// An object that a detector should find.
public struct EvaluationObject: Hashable, Sendable {
  /// Corners, in pixels.
  public var box: Box
  /// 1…classCount.
  public var classIndex: Int
  /// Decides about small, medium and large; COCO takes the segment's area, not the box's.
  public var area: Double
  /// A region of many objects: detections in it count neither as right nor as wrong.
  public var isCrowd: Bool
  /// Pascal VOC: neither found, missed nor false. COCO's measures do not know it.
  public var isDifficult: Bool

  public init(
    box: Box, classIndex: Int, area: Double, isCrowd: Bool = false, isDifficult: Bool = false
  ) {
    self.box = box
    self.classIndex = classIndex
    self.area = area
    self.isCrowd = isCrowd
    self.isDifficult = isDifficult
  }

  /// Takes over a ground-truth box in pixels; its area is the box's.
  public init(_ labeled: LabeledBox) {
    self.init(
      box: labeled.box, classIndex: labeled.classIndex, area: labeled.box.area,
      isCrowd: labeled.isCrowd, isDifficult: labeled.isDifficult)
  }
}

/// An object that a detector found, as the measures see it.
public struct EvaluationDetection: Hashable, Sendable {
  /// Corners, in pixels.
  public var box: Box
  /// 1…classCount.
  public var classIndex: Int
  public var score: Double
  /// Decides whether an unmatched detection belongs to a range of area. A value of its own, because
  /// width times height from a file and from corners may round to different sides of a border.
  public var area: Double

  public init(box: Box, classIndex: Int, score: Double, area: Double) {
    self.box = box
    self.classIndex = classIndex
    self.score = score
    self.area = area
  }

  /// Takes over a detection in pixels; its area is the box's.
  public init(_ detection: Detection) {
    self.init(
      box: detection.box, classIndex: detection.classIndex, score: detection.score,
      area: detection.box.area)
  }
}

/// What is in one image and what was found there, both in pixels.
public struct EvaluationImage: Hashable, Sendable {
  public var objects: [EvaluationObject]
  /// Equal scores keep this order.
  public var detections: [EvaluationDetection]

  public init(objects: [EvaluationObject], detections: [EvaluationDetection]) {
    self.objects = objects
    self.detections = detections
  }
}
