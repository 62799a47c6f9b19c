import Files
import MultiBox

/// The labels of an image as JSON.
///
/// ```json
/// {"file_name": "a.jpg", "width": 640, "height": 480,
///  "objects": [{"class": "car", "box": [10, 20, 110, 80], "difficult": true, "iscrowd": 1,
///               "area": 5200.5}]}
/// ```
///
/// `box` has the corners (x min, y min, x max, y max) in pixels, continuous coordinates; what is
/// not said of an object is false. Read are also `annotations` in the place of `objects`, a list
/// alone, COCO's `bbox` (left, top, width, height), corners by their names (`xmin`), and a class
/// under `category`, `category_name`, `label` or `name`, or as a number, which then is its name.
struct WebDatasetLabels: Sendable {
  /// The name of the image's file; nil where it has none.
  var fileName: String?
  /// Nil where it is not said.
  var size: PixelSize?
  var objects: [Object]

  struct Object: Sendable {
    /// Nil where no key says one.
    var className: String?
    var box: PixelBox
    /// Width times height, where the sides are given.
    var boxArea: Double?
    var isDifficult = false
    var isCrowd = false
    /// Of its segment, where it is given.
    var area: Double?
  }

  /// Says whether a text has labels, by its keys.
  static func isMeant(_ outline: JSONOutline) -> Bool {
    outline.isList && !outline.keys.isEmpty || outline.has("objects") || outline.has("annotations")
  }

  /// The objects in the terms of annotations.
  func annotatedObjects(_ report: inout DatasetReport) -> [AnnotatedObject] {
    objects.enumerated().map { index, object in
      if object.className == nil { report.add(.unnamedObject) }
      let name = object.className ?? "object"
      var result = AnnotatedObject(
        .name(name), .pixels(object.box), place: "objects[\(index)]",
        written: "\(name) \(object.box)")
      result.isDifficult = object.isDifficult
      result.isCrowd = object.isCrowd
      result.area = object.area
      result.boxArea = object.boxArea
      return result
    }
  }
}

extension WebDatasetLabels {
  /// What is written of an image.
  init(_ image: DatasetImage, fileName: String, classNames: ClassNames) {
    self.fileName = fileName
    size = PixelSize(width: image.width, height: image.height)
    objects = image.groundTruth.enumerated().map { index, labeled in
      Object(
        className: classNames[labeled.classIndex], box: labeled.box,
        isDifficult: labeled.isDifficult, isCrowd: labeled.isCrowd, area: image.areas?[index])
    }
  }
}

extension WebDatasetLabels: Codable {
  private enum CodingKeys: String, CodingKey {
    case width, height, image, objects, annotations
    case fileName = "file_name"
  }

  init(from decoder: any Decoder) throws {
    if let list = try? decoder.unkeyedContainer() {
      var list = list
      objects = []
      while !list.isAtEnd { objects.append(try list.decode(Object.self)) }
      return
    }
    let values = try decoder.container(keyedBy: CodingKeys.self)
    // Where the image has a part of its own, its size and name stand there.
    let image =
      (try? values.nestedContainer(keyedBy: CodingKeys.self, forKey: .image)) ?? values
    fileName = try? image.decodeIfPresent(String.self, forKey: .fileName)
    size = PixelSize(
      width: try? image.decodeIfPresent(Int.self, forKey: .width),
      height: try? image.decodeIfPresent(Int.self, forKey: .height))
    objects =
      try values.decodeIfPresent([Object].self, forKey: .objects)
      ?? values.decode([Object].self, forKey: .annotations)
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encodeIfPresent(fileName, forKey: .fileName)
    try values.encodeIfPresent(size?.width, forKey: .width)
    try values.encodeIfPresent(size?.height, forKey: .height)
    try values.encode(objects, forKey: .objects)
  }
}

extension WebDatasetLabels.Object: Codable {
  private enum CodingKeys: String, CodingKey {
    case box, bbox, xmin, ymin, xmax, ymax, difficult, iscrowd, area
    case className = "class"
    case category
    case categoryName = "category_name"
    case label, name
    case categoryID = "category_id"

    /// A name comes before a number.
    static let ofClass: [CodingKeys] = [
      .className, .categoryName, .category, .label, .name, .categoryID,
    ]
  }

  /// A truth value as COCO and others write it.
  private struct Flag: Decodable {
    let isSet: Bool

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let number = try? value.decode(Int.self) {
        isSet = number != 0
      } else {
        isSet = try value.decode(Bool.self)
      }
    }
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    for key in CodingKeys.ofClass where className == nil {
      className = try values.decodeIfPresent(LooseText.self, forKey: key)?.text
      if className?.isBlank == true {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: values, debugDescription: "expected a class, found none")
      }
    }
    func numbers(_ key: CodingKeys) throws -> [Double]? {
      guard let numbers = try values.decodeIfPresent([Double].self, forKey: key) else { return nil }
      guard numbers.count == 4 else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: values, debugDescription: "expected 4 numbers, found \(numbers.count)")
      }
      return numbers
    }
    if let corners = try numbers(.box) {
      box = PixelBox(xMin: corners[0], yMin: corners[1], xMax: corners[2], yMax: corners[3])
    } else if let sides = try numbers(.bbox) {
      let sides = COCOSides(x: sides[0], y: sides[1], width: sides[2], height: sides[3])
      box = sides.box
      boxArea = sides.area
    } else if values.contains(.xmin) {
      box = PixelBox(
        xMin: try values.decode(Double.self, forKey: .xmin),
        yMin: try values.decode(Double.self, forKey: .ymin),
        xMax: try values.decode(Double.self, forKey: .xmax),
        yMax: try values.decode(Double.self, forKey: .ymax))
    } else {
      throw DecodingError.keyNotFound(
        CodingKeys.box,
        DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "missing"))
    }
    isDifficult = try values.decodeIfPresent(Flag.self, forKey: .difficult)?.isSet ?? false
    isCrowd = try values.decodeIfPresent(Flag.self, forKey: .iscrowd)?.isSet ?? false
    area = try values.decodeIfPresent(Double.self, forKey: .area)
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encodeIfPresent(className, forKey: .className)
    try values.encode([box.xMin, box.yMin, box.xMax, box.yMax], forKey: .box)
    if isDifficult { try values.encode(true, forKey: .difficult) }
    if isCrowd { try values.encode(1, forKey: .iscrowd) }
    try values.encodeIfPresent(area, forKey: .area)
  }
}
