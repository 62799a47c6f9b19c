/// An object that a detector should find.
public struct EvaluationObject: Hashable, Sendable {
  /// Corners, in pixels.
  public var box: PixelBox
  /// The class, 1…classCount.
  public var classIndex: Int
  /// The area that decides about small, medium and large; COCO takes the segment's, not the box's.
  public var area: Double
  /// Width times height of the box, with which COCO's IoU is computed.
  ///
  /// A value of its own, because pycocotools multiplies the sides that a file gives: those of the
  /// corners, x + w − x, are rounded otherwise, which decides where an IoU falls on a threshold.
  public var boxArea: Double
  /// True for a region of many objects: detections in it count neither as right nor as wrong.
  public var isCrowd: Bool
  /// True for Pascal VOC's difficult objects: neither found, missed nor false.
  ///
  /// COCO's measures do not know it.
  public var isDifficult: Bool

  /// Creates an object; with a `boxArea` of nil the area of the corners is taken.
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

  /// Creates an object from a ground-truth box; its area is the box's.
  ///
  /// - Parameter labeled: the ground-truth box.
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
  /// The class, 1…classCount.
  public var classIndex: Int
  /// The score, 0…1.
  public var score: Double
  /// Width times height, with which COCO's IoU is computed.
  ///
  /// It also decides whether an unmatched detection belongs to a range of area. A value of its own,
  /// because the sides that a file gives and those of the corners may round to different sides of a
  /// border or a threshold.
  public var area: Double

  /// Creates a detection.
  public init(box: PixelBox, classIndex: Int, score: Double, area: Double) {
    self.box = box
    self.classIndex = classIndex
    self.score = score
    self.area = area
  }

  /// Creates a detection from a detector's; its area is the box's.
  ///
  /// - Parameter detection: the detector's.
  public init(_ detection: PixelDetection) {
    self.init(
      box: detection.box, classIndex: detection.classIndex, score: detection.score,
      area: detection.box.area)
  }
}

/// The objects of one image and the detections in it, both in pixels.
public struct EvaluationImage: Hashable, Sendable {
  /// The objects to be found.
  public var objects: [EvaluationObject]
  /// The detections; equal scores keep this order.
  public var detections: [EvaluationDetection]

  /// Creates an image.
  public init(objects: [EvaluationObject], detections: [EvaluationDetection]) {
    self.objects = objects
    self.detections = detections
  }
}
