/// An object that a detector found, in pixels of the image.
public struct PixelDetection: Hashable, Sendable, Codable {
  /// The corners, in pixels.
  public var box: PixelBox
  /// The class, 1…classCount.
  public var classIndex: Int
  /// The score, 0…1.
  public var score: Double

  /// Creates a detection.
  @inlinable
  public init(box: PixelBox, classIndex: Int, score: Double) {
    self.box = box
    self.classIndex = classIndex
    self.score = score
  }

  /// Returns true if the score is at least `threshold`, both rounded to `Float`, as
  /// ``Detection/reaches(_:)`` has it.
  public func reaches(_ threshold: Double) -> Bool { Float(score) >= Float(threshold) }
}
