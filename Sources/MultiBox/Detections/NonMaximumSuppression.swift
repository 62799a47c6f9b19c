/// Keeps the box with the highest score of those that overlap.
///
/// Boxes are taken by falling score, ties by lower index. A box is kept unless its IoU with a kept
/// one is above `iouThreshold`; at equality it stays.
public struct NonMaximumSuppression: Hashable, Sendable, Codable {
  /// The largest IoU of two kept boxes, 0…1.
  public var iouThreshold: Double

  /// Creates a suppression; 0.45 is SSD's.
  public init(iouThreshold: Double = 0.45) {
    self.iouThreshold = iouThreshold
  }

  /// Returns the indices of the kept boxes by falling score.
  ///
  /// - Parameters:
  ///   - boxes: of one class, corners.
  ///   - scores: one for each box; not NaN.
  ///   - limit: the largest number of kept boxes.
  /// - Complexity: O(n log n + n · kept).
  public func keptIndices(boxes: [Box], scores: [Double], limit: Int = .max) -> [Int] {
    precondition(
      boxes.count == scores.count, "\(scores.count) scores for \(boxes.count) boxes")
    var kept: [Int] = []
    var keptBoxes: [Box] = []
    for index in scores.fallingOrder {
      if kept.count >= limit { break }
      let box = boxes[index]
      if keptBoxes.contains(where: { $0.intersectionOverUnion(box) > iouThreshold }) { continue }
      kept.append(index)
      keptBoxes.append(box)
    }
    return kept
  }
}
