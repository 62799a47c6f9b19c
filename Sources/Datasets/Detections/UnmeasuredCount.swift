/// What an evaluation had to leave out because the other side does not know it, counted.
public struct UnmeasuredCount: Hashable, Sendable, Codable {
  /// The number of detections of classes that the ground truth does not have.
  public var detections: Int
  /// The number of images with detections that the ground truth does not have.
  public var images: Int
  /// The number of objects of classes that the detector does not have.
  public var objects: Int

  /// Creates a count.
  ///
  /// - Parameters:
  ///   - detections: of classes that the ground truth does not have.
  ///   - images: with detections, that the ground truth does not have.
  ///   - objects: of classes that the detector does not have.
  public init(detections: Int = 0, images: Int = 0, objects: Int = 0) {
    self.detections = detections
    self.images = images
    self.objects = objects
  }
}
