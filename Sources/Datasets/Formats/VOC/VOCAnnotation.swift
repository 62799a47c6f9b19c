import Foundation
import MultiBox

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What a Pascal VOC annotation file says, in its own numbers.
struct VOCAnnotation: Hashable, Sendable {
  struct Object: Hashable, Sendable {
    var name = ""
    var isDifficult = false
    /// xmin, ymin, xmax, ymax: 1-based pixels that belong to the box.
    var box = PixelBox(xMin: .nan, yMin: .nan, xMax: .nan, yMax: .nan)
    var line = 0
  }

  var objects: [Object] = []
  /// As the file has it; 0 where it has none.
  var width = 0
  var height = 0
  /// Name of the image file, where the annotation gives one.
  var filename: String?

  /// Parses a file.
  ///
  /// - Throws: ``ParseError`` with line and reason.
  init(_ data: Data) throws {
    let reader = Reader()
    let parser = XMLParser(data: data)
    parser.delegate = reader
    let isParsed = parser.parse()
    if let error = reader.error { throw error }
    // FoundationXML reports success for a document that ends too early.
    guard isParsed, reader.sawEnd || !reader.sawRoot else {
      throw ParseError(line: parser.lineNumber, reason: "not well-formed XML")
    }
    guard reader.sawRoot else {
      throw ParseError(line: 1, reason: "expected an <annotation>, found none")
    }
    self = reader.annotation
  }

  /// For ``Reader``.
  private init() {}

  struct ParseError: Error, Hashable, CustomStringConvertible {
    let line: Int
    let reason: String
    var description: String { "line \(line): \(reason)" }
  }

  /// Follows the path of elements: objects have parts with names and boxes of their own, which are
  /// not theirs.
  private final class Reader: NSObject, XMLParserDelegate {
    var annotation = VOCAnnotation()
    var sawRoot = false
    var sawEnd = false
    var error: ParseError?
    private var path: [String] = []
    private var text = ""
    private var object = Object()
    private var seen: Set<String> = []

    func parser(
      _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      path.append(element)
      text = ""
      if path == ["annotation"] { sawRoot = true }
      if path == ["annotation", "object"] {
        object = Object()
        object.line = parser.lineNumber
        seen = []
      }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    func parser(
      _ parser: XMLParser, didEndElement element: String, namespaceURI: String?,
      qualifiedName: String?
    ) {
      defer {
        path.removeLast()
        text = ""
      }
      guard path.first == "annotation" else { return }
      if path.count == 1 { sawEnd = true }
      let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
      switch path.dropFirst().joined(separator: "/") {
      case "filename": annotation.filename = value
      case "size/width": annotation.width = Int(value) ?? 0
      case "size/height": annotation.height = Int(value) ?? 0
      case "object/name":
        object.name = value
        seen.insert("name")
      case "object/difficult": object.isDifficult = value == "1"
      case "object/bndbox/xmin": set(\.xMin, value, element, parser)
      case "object/bndbox/ymin": set(\.yMin, value, element, parser)
      case "object/bndbox/xmax": set(\.xMax, value, element, parser)
      case "object/bndbox/ymax": set(\.yMax, value, element, parser)
      case "object": finishObject(parser)
      default: break
      }
    }

    private func set(
      _ side: WritableKeyPath<PixelBox, Double>, _ value: String, _ element: String,
      _ parser: XMLParser
    ) {
      guard let number = Double(value), number.isFinite else {
        fail("<\(element)>: expected a number, found \(value.isEmpty ? "nothing" : value)", parser)
        return
      }
      object.box[keyPath: side] = number
      seen.insert(element)
    }

    private func finishObject(_ parser: XMLParser) {
      let missing = ["name", "xmin", "ymin", "xmax", "ymax"].filter { !seen.contains($0) }
      guard missing.isEmpty else {
        fail("<object>: expected <\(missing[0])>, found none", parser)
        return
      }
      annotation.objects.append(object)
    }

    private func fail(_ reason: String, _ parser: XMLParser) {
      guard error == nil else { return }
      error = ParseError(line: parser.lineNumber, reason: reason)
      parser.abortParsing()
    }
  }
}

extension VOCAnnotation {
  /// Returns the objects as ground truth in pixels.
  ///
  /// A box is without area when xmax ≤ xmin or ymax ≤ ymin in the file's own numbers. Then the
  /// 1-based inclusive pixels end: xMin = xmin − 1, xMax = xmax.
  ///
  /// - Parameters:
  ///   - file: what the report calls the file.
  ///   - width, height: the image's size; boxes are clipped to it.
  ///   - classNames: the classes that names are looked for in.
  func groundTruth(
    file: String, width: Int, height: Int, classNames: ClassNames, report: inout DatasetReport
  ) -> [LabeledPixelBox] {
    var result = GroundTruthCollector(file: file, width: width, height: height)
    for object in objects {
      guard let classIndex = classNames.firstIndex(of: object.name) else {
        report.add(
          .unknownName, file,
          "line \(object.line): expected one of \(classNames.joined(separator: ", ")),"
            + " found \(object.name)")
        continue
      }
      let raw = object.box
      guard raw.xMax > raw.xMin, raw.yMax > raw.yMin else {
        report.add(
          .boxWithoutArea, file, "line \(object.line): \(object.name) \(raw) has no area")
        continue
      }
      var box = PixelBox(xMin: raw.xMin - 1, yMin: raw.yMin - 1, xMax: raw.xMax, yMax: raw.yMax)
      if box.xMin == -1 {
        box.xMin = 0
        report.zeroBasedCoordinates += 1
      }
      if box.yMin == -1 {
        box.yMin = 0
        report.zeroBasedCoordinates += 1
      }
      result.add(
        LabeledPixelBox(box: box, classIndex: classIndex, isDifficult: object.isDifficult),
        place: "line \(object.line)", written: "\(object.name) \(raw)", report: &report)
    }
    return result.groundTruth
  }
}
