import Foundation
import ImageFiles
import MultiBox

/// Draws what was found, and what is there, on a picture.
public struct DetectionPicture: Sendable {
  public var classNames: ClassNames

  public init(classNames: ClassNames) {
    self.classNames = classNames
  }

  /// Returns the picture with a box, class and score for each detection, the best ones on top.
  ///
  /// - Parameter groundTruth: drawn dashed and white.
  public func drawn(
    _ detections: [PixelDetection], groundTruth: [LabeledPixelBox] = [], on image: RGBImage
  ) throws -> RGBImage {
    guard !detections.isEmpty || !groundTruth.isEmpty else { return image }
    let canvas = try Canvas(image)
    let side = Double(min(image.width, image.height))
    let lineWidth = max(side / 240, 1)
    let fontSize = min(max(side / 36, 9), 40)
    for labeled in groundTruth {
      canvas.rectangle(
        labeled.box, color: Color(red: 1, green: 1, blue: 1), lineWidth: lineWidth,
        dashes: [lineWidth * 3, lineWidth * 3])
    }
    let rising = detections.sorted { $0.score < $1.score }
    for detection in rising {
      var color = Color.ofClass(detection.classIndex)
      // A dark rim keeps a line visible on any ground.
      canvas.rectangle(
        detection.box, color: Color(red: 0, green: 0, blue: 0, alpha: 0.45),
        lineWidth: lineWidth * 1.8)
      color.alpha = 0.35 + 0.65 * min(max(detection.score, 0), 1)
      canvas.rectangle(detection.box, color: color, lineWidth: lineWidth)
    }
    // Labels after all boxes, so that no line crosses one.
    for detection in rising { label(detection, on: canvas, image: image, fontSize: fontSize) }
    return canvas.image()
  }

  private func label(
    _ detection: PixelDetection, on canvas: Canvas, image: RGBImage, fontSize: Double
  ) {
    let score = String(format: "%.2f", detection.score).replacingOccurrences(of: "0.", with: ".")
    let text = "\(classNames[detection.classIndex]) \(score)"
    // In a small box a label of full size would hide what it names.
    let fitting = detection.box.width / max(canvas.width(of: text, size: 1), 0.1)
    let size = min(fontSize, max(fitting, fontSize * 0.65))
    let pad = size * 0.25
    let width = canvas.width(of: text, size: size) + 2 * pad
    let height = size + pad
    let x = min(max(detection.box.xMin, 0), max(Double(image.width) - width, 0))
    let above = detection.box.yMin - height
    let y = min(
      above >= 0 ? above : max(detection.box.yMin, 0), max(Double(image.height) - height, 0))
    var color = Color.ofClass(detection.classIndex)
    color.alpha = 0.85
    canvas.fill(PixelBox(xMin: x, yMin: y, xMax: x + width, yMax: y + height), color: color)
    canvas.text(text, x: x + pad, y: y + size * 0.95, size: size, color: color.contrasting)
  }
}
