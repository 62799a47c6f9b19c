import Files
import Foundation
import MultiBox

/// One shape of a CVAT file: an element inside of an `<image>` or a `<track>`.
struct CVATShape {
  /// The elements that are shapes or, a tag, stand among them.
  static let elements: Set = [
    "box", "polygon", "polyline", "points", "mask", "ellipse", "cuboid", "skeleton", "tag",
  ]

  /// Its upright box; nil for what is no box, as a point or a line.
  var box: AnnotatedObject.Shape?
  /// What was done to make it one.
  var change: DatasetChange?
  /// The shape in the file's own numbers.
  var written: String

  /// - Throws: `XMLError` naming the line and the attribute.
  init(_ element: XMLTree) throws(XMLError) {
    let numbers = CVATNumbers(element)
    switch element.name {
    case "box":
      let sides = try numbers["xtl", "ytl", "xbr", "ybr"]
      written = "box \(sides)"
      let rotation = try numbers.optional("rotation") ?? 0
      let plain = PixelBox(xMin: sides[0], yMin: sides[1], xMax: sides[2], yMax: sides[3])
      let turned = plain.turned(degrees: rotation)
      box = .pixels(turned ?? plain)
      if turned != nil {
        change = .turnedBox
        written += " turned by \(rotation)°"
      }
    case "mask":
      let place = try numbers["left", "top", "width", "height"]
      written = "mask \(place)"
      box = .pixels(
        PixelBox(
          xMin: place[0], yMin: place[1], xMax: place[0] + place[2], yMax: place[1] + place[3]))
      change = .polygon
    case "polygon":
      let points = try numbers.points()
      written = "polygon of \(points.count) points"
      box = .around(points)
      change = .polygon
    case "ellipse":
      let parts = try numbers["cx", "cy", "rx", "ry"]
      let angle = (try numbers.optional("rotation") ?? 0) * .pi / 180
      written = "ellipse \(parts)"
      let half = (
        x: hypot(parts[2] * cos(angle), parts[3] * sin(angle)),
        y: hypot(parts[2] * sin(angle), parts[3] * cos(angle))
      )
      box = .pixels(
        PixelBox(
          xMin: parts[0] - half.x, yMin: parts[1] - half.y, xMax: parts[0] + half.x,
          yMax: parts[1] + half.y))
      change = .polygon
    case "cuboid":
      // Four edges of two corners each.
      let names = ["1", "2"].flatMap { end in ["tl", "bl", "tr", "br"].map { "\($0)\(end)" } }
      var points: [(x: Double, y: Double)] = []
      for name in names {
        let point = try numbers["x\(name)", "y\(name)"]
        points.append((point[0], point[1]))
      }
      written = "cuboid"
      box = .around(points)
      change = .polygon
    default:
      written = element.name
      change = .otherShape
    }
  }
}

/// The numbers in an element's attributes.
private struct CVATNumbers {
  let element: XMLTree

  init(_ element: XMLTree) { self.element = element }

  subscript(names: String...) -> [Double] {
    get throws(XMLError) {
      var result: [Double] = []
      for name in names {
        guard let value = try optional(name) else {
          throw failure("expected \(name), found none")
        }
        result.append(value)
      }
      return result
    }
  }

  func optional(_ name: String) throws(XMLError) -> Double? {
    guard let text = element.attributes[name] else { return nil }
    return try number(text, name)
  }

  /// `x,y;x,y;…`
  func points() throws(XMLError) -> [(x: Double, y: Double)] {
    var result: [(x: Double, y: Double)] = []
    for pair in (element.attributes["points"] ?? "").split(separator: ";") {
      let parts = pair.split(separator: ",")
      guard parts.count == 2 else {
        throw failure("points: expected x,y, found \(pair)")
      }
      result.append((try number(parts[0], "points"), try number(parts[1], "points")))
    }
    guard !result.isEmpty else { throw failure("expected points, found none") }
    return result
  }

  private func number(_ text: some StringProtocol, _ name: String) throws(XMLError) -> Double {
    guard let value = Double(text.trimmingCharacters(in: .whitespaces)), value.isFinite else {
      throw failure("\(name): expected a number, found \(text.isEmpty ? "nothing" : "\(text)")")
    }
    return value
  }

  private func failure(_ reason: String) -> XMLError {
    XMLError(line: element.line, reason: "<\(element.name)>: \(reason)")
  }
}
