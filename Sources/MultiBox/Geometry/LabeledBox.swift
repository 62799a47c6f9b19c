/// A ground-truth box and what stands in it.
public struct LabeledBox: Hashable, Sendable, Codable {
  /// Corners; normalized to 0…1 of the image wherever the loss reads them.
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

  /// Whether it is an object that the loss learns from: no crowd, not ignored.
  @inlinable public var isLearned: Bool { !isCrowd && !isIgnored }
}
