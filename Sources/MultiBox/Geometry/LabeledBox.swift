/// A ground-truth box in shares of its image, and its class: as the loss takes it.
///
/// Label files have pixels: ``LabeledPixelBox``.
public struct LabeledBox: Hashable, Sendable, Codable {
  /// The corners, in shares of the image.
  public var box: Box
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
    box: Box, classIndex: Int, isDifficult: Bool = false, isCrowd: Bool = false,
    isIgnored: Bool = false
  ) {
    self.box = box
    self.classIndex = classIndex
    self.isDifficult = isDifficult
    self.isCrowd = isCrowd
    self.isIgnored = isIgnored
  }

  /// Creates an object of an image as it lies in the part of it that a network sees.
  ///
  /// - Parameters:
  ///   - labeled: the object in the image.
  ///   - box: its corners in shares of that part.
  @inlinable
  public init(_ labeled: LabeledPixelBox, box: Box) {
    self.init(
      box: box, classIndex: labeled.classIndex, isDifficult: labeled.isDifficult,
      isCrowd: labeled.isCrowd, isIgnored: labeled.isIgnored)
  }

  /// True for an object that the loss learns from: no crowd, not ignored.
  @inlinable public var isLearned: Bool { !isCrowd && !isIgnored }
}
