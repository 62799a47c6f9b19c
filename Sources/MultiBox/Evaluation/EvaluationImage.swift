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

/// What is in one image and what was found there, both in pixels.
public struct EvaluationImage: Hashable, Sendable {
  public var objects: [EvaluationObject]
  /// Equal scores keep this order.
  public var detections: [Detection]

  public init(objects: [EvaluationObject], detections: [Detection]) {
    self.objects = objects
    self.detections = detections
  }
}
