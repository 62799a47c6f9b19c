import Foundation
import ImageFiles
import MultiBox

/// Draws detections and ground truth on a picture.
public struct DetectionPicture: Sendable {
  /// Names of the classes.
  public var classNames: ClassNames

  /// Creates a picture of the classes.
  public init(classNames: ClassNames) {
    self.classNames = classNames
  }

  private static let white = Color(red: 1, green: 1, blue: 1)
  /// A dark rim keeps a line visible on any ground.
  private static let rim = Color(red: 0, green: 0, blue: 0, alpha: 0.45)

  /// Returns the picture with a box, class and score for each detection, the best ones on top.
  ///
  /// Labels move until none hides another, where there is room for that.
  ///
  /// - Parameters:
  ///   - detections: in pixels.
  ///   - groundTruth: in pixels; drawn dashed and white, with its class.
  ///   - image: what is drawn on.
  /// - Throws: ``DrawingError`` for a picture that is too large.
  public func drawn(
    _ detections: [PixelDetection], groundTruth: [LabeledPixelBox] = [], on image: RGBImage
  ) throws -> RGBImage {
    guard !detections.isEmpty || !groundTruth.isEmpty else { return image }
    let canvas = try Canvas(image)
    let lineWidth = max(Double(min(image.width, image.height)) / 240, 1)
    for labeled in groundTruth {
      canvas.rectangle(labeled.box, color: Self.rim, lineWidth: lineWidth * 1.8)
      canvas.rectangle(
        labeled.box, color: Self.white, lineWidth: lineWidth,
        dashes: [lineWidth * 3, lineWidth * 3])
    }
    let falling = detections.enumerated().sorted {
      ($1.element.score, $0.offset) < ($0.element.score, $1.offset)
    }.map(\.element)
    for detection in falling.reversed() {
      var color = Color.ofClass(detection.classIndex)
      canvas.rectangle(detection.box, color: Self.rim, lineWidth: lineWidth * 1.8)
      color.alpha = 0.35 + 0.65 * min(max(detection.score, 0), 1)
      canvas.rectangle(detection.box, color: color, lineWidth: lineWidth)
    }
    // Labels after all boxes, so that no line crosses one.
    let labels = self.labels(falling, groundTruth)
    let colors =
      falling.map { Color.ofClass($0.classIndex) } + groundTruth.map { _ in Self.white }
    let placed = try BoxLabel.placed(labels, width: image.width, height: image.height)
    for (index, place) in placed.enumerated().reversed() {
      draw(labels[index].text, at: place, color: colors[index], on: canvas)
    }
    return canvas.image()
  }

  private func draw(
    _ text: String, at place: BoxLabel.Placed, color: Color, on canvas: Canvas
  ) {
    var ground = color
    ground.alpha = 0.85
    canvas.fill(place.frame, color: ground)
    canvas.text(
      text, x: place.frame.xMin + place.padding, y: place.frame.yMin + place.fontSize * 0.95,
      size: place.fontSize, color: color.contrasting)
  }

  /// The labels of detections, then those of ground truth.
  func labels(_ detections: [PixelDetection], _ groundTruth: [LabeledPixelBox]) -> [BoxLabel] {
    detections.map {
      let score = NumberStyle.measure.text($0.score)
      return BoxLabel(
        text: "\(classNames[$0.classIndex]) \(score)", box: $0.box, isGroundTruth: false)
    }
      + groundTruth.map {
        BoxLabel(text: classNames[$0.classIndex], box: $0.box, isGroundTruth: true)
      }
  }
}
