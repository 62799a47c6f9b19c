/// An object that a detector should find.
public struct EvaluationObject: Hashable, Sendable {
  /// Corners, in pixels.
  public var box: PixelBox
  /// 1…classCount.
  public var classIndex: Int
  /// Decides about small, medium and large; COCO takes the segment's area, not the box's.
  public var area: Double
  /// Width times height of the box, which COCO's IoU is computed with. A value of its own, because
  /// pycocotools multiplies the sides that a file gives: those of the corners, x + w − x, are
  /// rounded otherwise, which decides where an IoU falls on a threshold.
  public var boxArea: Double
  /// A region of many objects: detections in it count neither as right nor as wrong.
  public var isCrowd: Bool
  /// Pascal VOC: neither found, missed nor false. COCO's measures do not know it.
  public var isDifficult: Bool

  /// - Parameter boxArea: nil takes that of the corners.
  public init(
    box: PixelBox, classIndex: Int, area: Double, boxArea: Double? = nil, isCrowd: Bool = false,
    isDifficult: Bool = false
  ) {
    self.box = box
    self.classIndex = classIndex
    self.area = area
    self.boxArea = boxArea ?? box.area
    self.isCrowd = isCrowd
    self.isDifficult = isDifficult
  }

  /// Makes it of a ground-truth box, whose area it takes.
  public init(_ labeled: LabeledPixelBox) {
    self.init(
      box: labeled.box, classIndex: labeled.classIndex, area: labeled.box.area,
      isCrowd: labeled.isCrowd, isDifficult: labeled.isDifficult)
  }
}

/// An object that a detector found, as the measures see it.
public struct EvaluationDetection: Hashable, Sendable {
  /// Corners, in pixels.
  public var box: PixelBox
  /// 1…classCount.
  public var classIndex: Int
  public var score: Double
  /// Width times height: decides whether an unmatched detection belongs to a range of area, and is
  /// what COCO's IoU is computed with. A value of its own, because the sides that a file gives and
  /// those of the corners may round to different sides of a border or a threshold.
  public var area: Double

  public init(box: PixelBox, classIndex: Int, score: Double, area: Double) {
    self.box = box
    self.classIndex = classIndex
    self.score = score
    self.area = area
  }

  /// Makes it of a detection, whose box's area it takes.
  public init(_ detection: PixelDetection) {
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
