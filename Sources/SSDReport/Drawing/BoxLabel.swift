import ImageFiles
import MultiBox

/// What stands at a box in a picture.
struct BoxLabel: Hashable, Sendable {
  var text: String
  /// What it belongs to.
  var box: PixelBox
  /// What is there, not what was found.
  var isGroundTruth: Bool

  /// A label that has its place.
  struct Placed: Hashable, Sendable {
    var frame: PixelBox
    var fontSize: Double
    /// Left and right of the text.
    var padding: Double
  }

  /// Finds places for the labels of a picture, the most important label first.
  ///
  /// - Throws: ``DrawingError``.
  static func placed(_ labels: [BoxLabel], width: Int, height: Int) throws -> [Placed] {
    let canvas = try Canvas(RGBImage(width: 1, height: 1, fill: 0))
    let fontSize = min(max(Double(min(width, height)) / 36, 9), 40)
    var placement = LabelPlacement(
      width: Double(width), height: Double(height), boxes: labels.map(\.box))
    return labels.map { label in
      // In a small box a label of full size would hide what it names.
      let fitting = label.box.width / max(canvas.width(of: label.text, size: 1), 0.1)
      let full = label.isGroundTruth ? fontSize * 0.85 : fontSize
      let size = min(full, max(fitting, fontSize * 0.65))
      let padding = size * 0.25
      let frame = placement.place(
        width: canvas.width(of: label.text, size: size) + 2 * padding, height: size + padding,
        at: label.box, preference: label.isGroundTruth ? .inside : .above)
      return Placed(frame: frame, fontSize: size, padding: padding)
    }
  }
}
