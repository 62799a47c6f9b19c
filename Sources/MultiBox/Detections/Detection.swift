/// An object that a detector found.
public struct Detection: Hashable, Sendable, Codable {
  /// Corners; normalized to 0…1 or in pixels, as the function that gives it says.
  public var box: Box
  /// The class, 1…classCount.
  public var classIndex: Int
  /// The score, 0…1.
  public var score: Double

  /// Creates a detection.
  @inlinable
  public init(box: Box, classIndex: Int, score: Double) {
    self.box = box
    self.classIndex = classIndex
    self.score = score
  }

  /// Returns true if the score is at least `threshold`.
  ///
  /// Networks score in `Float`, so both are rounded to it: 0.7 is reached by the `Float` next to
  /// it, which lies below 0.7 and prints as 0.7.
  public func reaches(_ threshold: Double) -> Bool { Float(score) >= Float(threshold) }
}
