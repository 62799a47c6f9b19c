import Foundation
import MultiBox

/// A result of an annotation in Label Studio: a region with its labels, in percent of the image.
struct LabelStudioRegion: Decodable, Sendable {
  /// Percent of the image's width and height.
  struct Value: Decodable, Sendable {
    let x: Double?
    let y: Double?
    let width: Double?
    let height: Double?
    let radiusX: Double?
    let radiusY: Double?
    /// Degrees, clockwise.
    let rotation: Double?
    let points: [[Double]]?
    let format: String?
    let rectangleLabels: [String]?
    let polygonLabels: [String]?
    let ellipseLabels: [String]?
    let labels: [String]?

    private enum CodingKeys: String, CodingKey {
      case x, y, width, height, radiusX, radiusY, rotation, points, format, labels
      case rectangleLabels = "rectanglelabels"
      case polygonLabels = "polygonlabels"
      case ellipseLabels = "ellipselabels"
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      func number(_ key: CodingKeys) throws -> Double? {
        try container.decodeIfPresent(Double.self, forKey: key)
      }
      x = try number(.x)
      y = try number(.y)
      width = try number(.width)
      height = try number(.height)
      radiusX = try number(.radiusX)
      radiusY = try number(.radiusY)
      rotation = try number(.rotation)
      // Key points of other shapes are objects.
      points = try? container.decodeIfPresent([[Double]].self, forKey: .points)
      format = try? container.decodeIfPresent(String.self, forKey: .format)
      func names(_ key: CodingKeys) throws -> [String]? {
        try container.decodeIfPresent([String].self, forKey: key)
      }
      rectangleLabels = try names(.rectangleLabels)
      polygonLabels = try names(.polygonLabels)
      ellipseLabels = try names(.ellipseLabels)
      labels = try names(.labels)
    }

    /// The classes that the region has; several are several objects.
    var names: [String]? { rectangleLabels ?? polygonLabels ?? ellipseLabels ?? labels }
  }

  let id: LooseText?
  /// What kind of result it is; the short export has none.
  let type: String?
  let value: Value?
  /// The name of the picture in the labelling interface, often the key of the task's data.
  let pictureName: String?
  /// The number of the picture, from 0, where the task has a list of them.
  let item: Int?
  let originalWidth: Int?
  let originalHeight: Int?
  /// Degrees by which the image was turned in the tool's window.
  let imageRotation: Double?

  private enum CodingKeys: String, CodingKey {
    case id, type, value
    case pictureName = "to_name"
    case item = "item_index"
    case originalWidth = "original_width"
    case originalHeight = "original_height"
    case imageRotation = "image_rotation"
  }

  /// The short export has the value's keys among the others.
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = try? container.decodeIfPresent(LooseText.self, forKey: .id)
    type = try container.decodeIfPresent(String.self, forKey: .type)
    value =
      type == nil && !container.contains(.value)
      ? try Value(from: decoder)
      : Self.isRegion(type) ? try container.decodeIfPresent(Value.self, forKey: .value) : nil
    pictureName = try? container.decodeIfPresent(String.self, forKey: .pictureName)
    item = try? container.decodeIfPresent(Int.self, forKey: .item)
    originalWidth = try container.decodeIfPresent(Int.self, forKey: .originalWidth)
    originalHeight = try container.decodeIfPresent(Int.self, forKey: .originalHeight)
    imageRotation = try container.decodeIfPresent(Double.self, forKey: .imageRotation)
  }

  private static func isRegion(_ type: String?) -> Bool {
    type.map {
      [
        "rectangle", "polygon", "ellipse", "labels", "rectanglelabels", "polygonlabels",
        "ellipselabels",
      ].contains($0)
    } ?? true
  }

  /// The size of the image as it was labelled.
  var size: PixelSize? { PixelSize(width: originalWidth, height: originalHeight) }
}

extension LabelStudioRegion {
  /// The upright box; nil, which is counted, for a region that is none, and nil for a result that
  /// is no region, as a choice or a text of the whole image.
  ///
  /// Label Studio turns an image in its window alone: the percentages are of the image as it is. Of
  /// versions before 1.0, which some turned with the window, the box is not known.
  ///
  /// - Parameter task: of the region.
  func box(
    task: LabelStudioTask, report: inout DatasetReport
  ) throws(Misunderstanding) -> AnnotatedObject.Shape? {
    switch type {
    case "keypointlabels", "keypoint", "brushlabels", "brush", "bitmasklabels", "bitmask",
      "vectorlabels", "vector":
      report.add(.otherShape)
      return nil
    case nil, "rectangle", "rectanglelabels", "polygon", "polygonlabels", "ellipse",
      "ellipselabels", "labels":
      break
    case "choices", "textarea", "rating", "number", "datetime", "taxonomy", "relation", "pairwise",
      "ranker":
      return nil
    case .some(let other):
      throw Misunderstanding(reason: "type: expected a region or a choice, found \(other)")
    }
    guard let value else { throw Misunderstanding(reason: "value: missing") }
    if let turn = imageRotation, turn != 0, task.isBeforeVersion1 {
      throw Misunderstanding(
        reason: "image_rotation: expected 0 of a version before 1.0, found \(turn)")
    }
    if let points = value.points {
      guard !points.isEmpty, points.allSatisfy({ $0.count == 2 }) else {
        throw Misunderstanding(reason: "value.points: expected pairs of x and y, found \(points)")
      }
      report.add(.polygon)
      return AnnotatedObject.Shape.around(shares: points.map { ($0[0] / 100, $0[1] / 100) })
    }
    if value.format == "rle" {
      report.add(.otherShape)
      return nil
    }
    guard let x = value.x, let y = value.y else {
      throw Misunderstanding(reason: "value.\(value.x == nil ? "x" : "y"): missing")
    }
    if let radiusX = value.radiusX, let radiusY = value.radiusY {
      return try ellipse(x, y, radiusX, radiusY, report: &report)
    }
    guard let width = value.width, let height = value.height else {
      throw Misunderstanding(reason: "value.\(value.width == nil ? "width" : "height"): missing")
    }
    return try rectangle(x, y, width, height, report: &report)
  }

  /// A rectangle is turned about its upper left corner, in pixels.
  private func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, report: inout DatasetReport
  ) throws(Misunderstanding) -> AnnotatedObject.Shape {
    guard let turned = try turn() else {
      return .shares(
        Box(
          xMin: x / 100, yMin: y / 100, xMax: (x + width) / 100, yMax: (y + height) / 100))
    }
    report.add(.turnedBox)
    let (size, cosine, sine) = turned
    let (w, h) = (width / 100 * Double(size.width), height / 100 * Double(size.height))
    let (left, top) = (x / 100 * Double(size.width), y / 100 * Double(size.height))
    let right = (x: w * cosine, y: w * sine)
    let down = (x: -h * sine, y: h * cosine)
    return .around(
      [(0, 0), right, down, (right.x + down.x, right.y + down.y)].map {
        (x: left + $0.x, y: top + $0.y)
      }) ?? .pixels(PixelBox(width: 0, height: 0))
  }

  private func ellipse(
    _ x: Double, _ y: Double, _ radiusX: Double, _ radiusY: Double, report: inout DatasetReport
  ) throws(Misunderstanding) -> AnnotatedObject.Shape {
    report.add(.polygon)
    guard let (size, cosine, sine) = try turn() else {
      return .shares(
        Box(
          xMin: (x - radiusX) / 100, yMin: (y - radiusY) / 100, xMax: (x + radiusX) / 100,
          yMax: (y + radiusY) / 100))
    }
    let (w, h) = (Double(size.width) / 100, Double(size.height) / 100)
    let (first, second) = (radiusX * w, radiusY * h)
    let (halfWidth, halfHeight) = (
      hypot(first * cosine, second * sine), hypot(first * sine, second * cosine)
    )
    return .pixels(
      PixelBox(
        xMin: x * w - halfWidth, yMin: y * h - halfHeight, xMax: x * w + halfWidth,
        yMax: y * h + halfHeight))
  }

  /// The size in pixels, cosine and sine of a turned region; nil for an upright one.
  private func turn() throws(Misunderstanding) -> (PixelSize, cosine: Double, sine: Double)? {
    guard let degrees = value?.rotation, degrees.truncatingRemainder(dividingBy: 360) != 0 else {
      return nil
    }
    guard let size else {
      throw Misunderstanding(
        reason: "original_width: missing, which a region turned by \(degrees) degrees needs")
    }
    let radians = degrees * .pi / 180
    return (size, cos(radians), sin(radians))
  }
}

extension AnnotatedObject.Shape {
  /// The box around points in shares of the image, or nil where there are none.
  fileprivate static func around(shares points: [(x: Double, y: Double)]) -> Self? {
    guard case .pixels(let box) = around(points) else { return nil }
    return .shares(Box(xMin: box.xMin, yMin: box.yMin, xMax: box.xMax, yMax: box.yMax))
  }
}
