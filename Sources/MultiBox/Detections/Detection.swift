/// An object that a network found, in shares of its input: as ``DetectionDecoder`` gives it.
///
/// Detectors give ``PixelDetection``.
public struct Detection: Hashable, Sendable, Codable {
  /// The corners, in shares of the image or of the part of it that the network saw.
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
