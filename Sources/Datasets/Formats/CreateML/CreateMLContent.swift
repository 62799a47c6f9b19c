import Foundation
import MultiBox

/// An image of a Create ML file, in its own numbers.
struct CreateMLImage: Codable, Sendable {
  struct Annotation: Codable, Hashable, Sendable {
    let label: String
    let coordinates: Coordinates
  }

  /// The centre and the sides.
  struct Coordinates: Codable, Hashable, Sendable {
    let x: Double
    let y: Double
    let width: Double
    let height: Double

    init(_ box: CenterBox) {
      (x, y, width, height) = (box.cx, box.cy, box.width, box.height)
    }

    /// The corners.
    var corners: Box { Box(CenterBox(cx: x, cy: y, width: width, height: height)) }
  }

  let image: String
  let annotations: [Annotation]

  private enum CodingKeys: String, CodingKey {
    case image, imagefilename, annotations, annotation
  }

  init(image: String, annotations: [Annotation]) {
    self.image = image
    self.annotations = annotations
  }

  /// Both names that each key has in Apple's own examples are read.
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    image =
      try container.decodeIfPresent(String.self, forKey: .imagefilename)
      ?? container.decode(String.self, forKey: .image)
    annotations =
      try container.decodeIfPresent([Annotation].self, forKey: .annotation)
      ?? container.decode([Annotation].self, forKey: .annotations)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(image, forKey: .image)
    try container.encode(annotations, forKey: .annotations)
  }
}
