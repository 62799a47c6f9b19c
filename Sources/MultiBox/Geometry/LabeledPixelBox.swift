/// A ground-truth box in pixels of its image, and its class: as label files have it.
public struct LabeledPixelBox: Hashable, Sendable, Codable {
  /// The corners, in pixels.
  public var box: PixelBox
  /// The class, 1…classCount; 0 is the background and never labels a box.
  public var classIndex: Int
  /// True for Pascal VOC's *difficult* objects: evaluation counts them neither found, missed nor
  /// false.
  public var isDifficult: Bool
  /// True for COCO's *crowd*: a region of many objects, ignored in evaluation and training.
  public var isCrowd: Bool
  /// True for a region that training leaves out, as it does crowds, and that evaluation takes as
  /// any other.
  public var isIgnored: Bool

  /// Creates a ground-truth box.
  @inlinable
  public init(
    box: PixelBox, classIndex: Int, isDifficult: Bool = false, isCrowd: Bool = false,
    isIgnored: Bool = false
  ) {
    self.box = box
    self.classIndex = classIndex
    self.isDifficult = isDifficult
    self.isCrowd = isCrowd
    self.isIgnored = isIgnored
  }

  /// True for an object that a training learns from: no crowd, not ignored.
  @inlinable public var isLearned: Bool { !isCrowd && !isIgnored }

  /// Returns the object in shares of its image of `width` × `height` pixels.
  public func normalized(width: Int, height: Int) -> LabeledBox {
    LabeledBox(self, box: box.normalized(width: width, height: height))
  }
}
