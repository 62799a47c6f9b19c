import Foundation
import MultiBox

/// The detections of one image, as a line of JSON: what `detect --json` prints.
public struct DetectionLine: Hashable, Sendable, Codable {
  /// One detection.
  public struct Item: Hashable, Sendable, Codable {
    /// The class's name.
    public var `class`: String
    /// The class's number, 1…classCount.
    public var classIndex: Int
    /// The score, 0…1.
    public var score: Double
    /// The box: xMin, yMin, xMax, yMax in pixels.
    public var box: [Double]

    /// Names the class of a `detection` by `classNames`.
    public init(_ detection: PixelDetection, classNames: ClassNames) {
      `class` = classNames[detection.classIndex]
      classIndex = detection.classIndex
      score = detection.score
      box = [
        detection.box.xMin, detection.box.yMin, detection.box.xMax, detection.box.yMax,
      ]
    }
  }

  /// The image's path.
  public var image: String
  /// Its width in pixels.
  public var width: Int
  /// Its height in pixels.
  public var height: Int
  /// The detections, best first.
  public var detections: [Item]

  /// Creates a line.
  ///
  /// - Parameters:
  ///   - image: the image's path.
  ///   - width: in pixels.
  ///   - height: in pixels.
  ///   - detections: in pixels of the image, best first.
  ///   - classNames: names of the classes.
  public init(
    image: String, width: Int, height: Int, detections: [PixelDetection], classNames: ClassNames
  ) {
    self.image = image
    self.width = width
    self.height = height
    self.detections = detections.map { Item($0, classNames: classNames) }
  }

  /// Returns the line's JSON.
  public func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
