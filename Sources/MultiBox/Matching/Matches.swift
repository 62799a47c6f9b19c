/// Which ground-truth box each default box is responsible for, and by which rule.
public struct Matches: Hashable, Sendable {
  /// `D` entries: the index of the matched ground-truth box, or −1 for background.
  public let groundTruthIndices: [Int32]
  /// `D` entries: the IoU with that ground-truth box; 0 for background.
  public let overlaps: [Double]
  /// `D` entries: the largest IoU with any ground-truth box, matched or not; 0 where none touches.
  public let bestOverlaps: [Double]
  /// `G` entries: the default box that the ground-truth box owns by the first rule, or −1 where
  /// every default box that touches it was taken by others, or none does.
  public let ownedDefaultBoxes: [Int32]

  /// Indices of matched default boxes, rising. Their number is P.
  public var positives: [Int] { groundTruthIndices.indices.filter { groundTruthIndices[$0] >= 0 } }

  /// Whether default box `index` was given by the first rule, not by its overlap alone.
  public func isOwned(_ index: Int) -> Bool {
    let match = groundTruthIndices[index]
    return match >= 0 && ownedDefaultBoxes[Int(match)] == Int32(index)
  }
}
