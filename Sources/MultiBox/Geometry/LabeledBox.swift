/// A ground-truth box and its class.
public struct LabeledBox: Hashable, Sendable, Codable {
  /// The corners; normalized to 0…1 of the image wherever the loss reads them.
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

  /// True for an object that the loss learns from: no crowd, not ignored.
  @inlinable public var isLearned: Bool { !isCrowd && !isIgnored }
}
