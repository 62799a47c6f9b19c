/// A ground-truth box in pixels of its image, and what stands in it: as label files have it.
public struct LabeledPixelBox: Hashable, Sendable, Codable {
  /// Corners, in pixels.
  public var box: PixelBox
  /// 1…classCount; 0 is the background and never labels a box.
  public var classIndex: Int
  /// Pascal VOC's *difficult*: evaluation counts it neither found, missed nor false.
  public var isDifficult: Bool
  /// COCO's *crowd*: a region of many objects, ignored in evaluation and training.
  public var isCrowd: Bool
  /// A region that training leaves out, as it does crowds, and that evaluation takes as any other.
  public var isIgnored: Bool

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

  /// Returns the object in shares of its image.
  ///
  /// - Parameters:
  ///   - width, height: the image's size in pixels.
  public func normalized(width: Int, height: Int) -> LabeledBox {
    LabeledBox(self, box: box.normalized(width: width, height: height))
  }
}
