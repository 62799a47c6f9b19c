import Files
import Foundation
import MultiBox

/// What a Pascal VOC annotation file says, in its own numbers.
struct VOCAnnotation: Hashable, Sendable {
  struct Object: Hashable, Sendable {
    var name: String
    var isDifficult: Bool
    /// xmin, ymin, xmax, ymax: pixels that belong to the box.
    var box: PixelBox
    /// Both sides are one number without decimals, as a click without a drag leaves behind.
    var isClick: Bool
    /// Degrees that the box was turned by about its centre afterwards, as CVAT exports it.
    var rotation: Double
    var line: Int
  }

  var objects: [Object] = []
  /// As the file has it; nil where it has none.
  var size: PixelSize?
  /// Name of the image file, where the annotation gives one; it may be a path.
  var filename: String?
  /// The file's name without folders.
  var imageName: String? { filename?.withSlashes.lastPart }

  /// Parses a file.
  ///
  /// - Throws: `XMLError` with line and reason.
  init(_ data: Data) throws(XMLError) {
    let root = try XMLTree(data)
    guard root.name == "annotation" else {
      throw XMLError(line: root.line, reason: "expected an <annotation>, found <\(root.name)>")
    }
    filename = root["filename"].map(\.trimmedText).flatMap { $0.isEmpty ? nil : $0 }
    // Some tools write sizes with decimals.
    func side(_ name: String) -> Int? {
      root["size"]?[name].flatMap { Double($0.trimmedText) }.flatMap { Int(exactly: $0) }
    }
    size = PixelSize(width: side("width"), height: side("height"))
    // Not compactMap: it has no typed throws.
    for element in root.children {
      if element.name == "object" {
        objects.append(try Self.object(element))
      } else if element.holdsObject {
        // Passed over, its image would be taken for one without the object.
        throw XMLError(
          line: element.line, reason: "expected objects as <object>, found <\(element.name)>")
      }
    }
  }

  private static func object(_ element: XMLTree) throws(XMLError) -> Object {
    func missing(_ name: String) -> XMLError {
      XMLError(line: element.line, reason: "<object>: expected <\(name)>, found none")
    }
    // An object has parts with names and boxes of their own, which are not its own.
    guard let named = element["name"] else { throw missing("name") }
    let name = named.trimmedText
    guard !name.isEmpty else {
      throw XMLError(line: named.line, reason: "<name>: expected a class, found none")
    }
    let boxes = element.all("bndbox")
    guard boxes.count <= 1 else {
      throw XMLError(
        line: boxes[1].line, reason: "<object>: expected one <bndbox>, found \(boxes.count)")
    }
    let sides = boxes.first
    func number(_ side: String) throws(XMLError) -> (value: Double, text: String) {
      guard let found = sides?[side] else { throw missing(side) }
      let text = found.trimmedText
      guard let value = Double(text), value.isFinite else {
        throw XMLError(
          line: found.line,
          reason: "<\(side)>: expected a number, found \(text.isEmpty ? "nothing" : text)")
      }
      return (value, text)
    }
    let (xMin, yMin) = (try number("xmin"), try number("ymin"))
    let (xMax, yMax) = (try number("xmax"), try number("ymax"))
    let texts = [xMin.text, yMin.text, xMax.text, yMax.text]
    return Object(
      name: name,
      isDifficult: ["1", "true", "yes"].contains(element["difficult"]?.trimmedText.lowercased()),
      box: PixelBox(xMin: xMin.value, yMin: yMin.value, xMax: xMax.value, yMax: yMax.value),
      isClick: xMin.value == xMax.value && yMin.value == yMax.value
        && !texts.contains { $0.contains(".") },
      rotation: rotation(of: element),
      line: element.line)
  }

  private static func rotation(of element: XMLTree) -> Double {
    let attribute = element["attributes"]?.all("attribute").first {
      $0["name"]?.trimmedText == "rotation"
    }
    let degrees = attribute?["value"].flatMap { Double($0.trimmedText) } ?? 0
    return degrees.isFinite ? degrees : 0
  }

  /// Whether a corner is at 0, which no 1-based file has.
  var hasZero: Bool { objects.contains { $0.box.xMin == 0 || $0.box.yMin == 0 } }

  /// Returns the objects with continuous coordinates.
  ///
  /// With a first pixel of 1, corners are pixels that belong to the box: xMin = xmin − 1,
  /// xMax = xmax, and xmax = xmin is a pixel. With a first pixel of 0 they are continuous already.
  ///
  /// - Parameters:
  ///   - file: what the report calls the file.
  ///   - firstPixel: 0 or 1.
  func annotatedObjects(
    file: String, firstPixel: Int, report: inout DatasetReport
  ) -> [AnnotatedObject] {
    objects.compactMap { object in
      let raw = object.box
      let shift = Double(firstPixel)
      var box = PixelBox(
        xMin: raw.xMin - shift, yMin: raw.yMin - shift, xMax: raw.xMax, yMax: raw.yMax)
      guard box.hasArea, !object.isClick else {
        report.add(
          .boxWithoutArea, file, "line \(object.line): \(object.name) \(raw) has no area")
        return nil
      }
      report.add(.zeroCoordinate, count: (raw.xMin == 0 ? 1 : 0) + (raw.yMin == 0 ? 1 : 0))
      // 0-based data that the user wants read as 1-based.
      box.xMin = max(box.xMin, raw.xMin == 0 ? 0 : box.xMin)
      box.yMin = max(box.yMin, raw.yMin == 0 ? 0 : box.yMin)
      var written = "\(object.name) \(raw)"
      if let turned = box.turned(degrees: object.rotation) {
        box = turned
        report.add(.turnedBox)
        written += " turned by \(object.rotation)°"
      }
      var result = AnnotatedObject(
        .name(object.name), .pixels(box), place: "line \(object.line)", written: written)
      result.isDifficult = object.isDifficult
      return result
    }
  }
}

extension XMLTree {
  /// Whether it, or what is in it, seems to be an object or a box, in letters of any case.
  fileprivate var holdsObject: Bool {
    ["object", "bndbox", "xmin"].contains(name.lowercased())
      || children.contains(where: \.holdsObject)
  }
}
