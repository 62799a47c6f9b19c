/// A ground-truth box in shares of its image, and what stands in it: as the loss takes it.
///
/// Label files have pixels: ``LabeledPixelBox``.
public struct LabeledBox: Hashable, Sendable, Codable {
  /// Corners, in shares of the image.
  public var box: Box
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
    box: Box, classIndex: Int, isDifficult: Bool = false, isCrowd: Bool = false,
    isIgnored: Bool = false
  ) {
    self.box = box
    self.classIndex = classIndex
    self.isDifficult = isDifficult
    self.isCrowd = isCrowd
    self.isIgnored = isIgnored
  }

  /// Places an object of an image in the part of it that a network sees.
  ///
  /// - Parameter box: in shares of that part.
  @inlinable
  public init(_ labeled: LabeledPixelBox, box: Box) {
    self.init(
      box: box, classIndex: labeled.classIndex, isDifficult: labeled.isDifficult,
      isCrowd: labeled.isCrowd, isIgnored: labeled.isIgnored)
  }

  /// Whether it is an object that the loss learns from: no crowd, not ignored.
  @inlinable public var isLearned: Bool { !isCrowd && !isIgnored }
}
