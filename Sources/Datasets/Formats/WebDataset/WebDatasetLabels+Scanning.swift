import Files
import Foundation
import MultiBox

extension WebDatasetLabels {
  /// Reads labels in the form that is written here, in one pass: a decoder takes longer for a
  /// million of them than all else does.
  ///
  /// - Parameter text: the bytes of a member.
  /// - Returns: nil for every other form and for what is wrong, which the decoder reads and tells.
  init?(plain text: Data) {
    let file = MappedFile(text)
    defer { withExtendedLifetime(file) {} }
    var scanner = JSONScanner(file)
    guard let labels = try? scanner.plainLabels(), (try? scanner.end()) != nil else { return nil }
    self = labels
  }
}

// What has another form is thrown as what is wrong is: the decoder tells them apart.
extension JSONScanner {
  private var otherForm: JSONProblem { JSONProblem(offset: position, "another form") }

  fileprivate mutating func plainLabels() throws(JSONProblem) -> WebDatasetLabels {
    var fileName: String?
    var width: Int?
    var height: Int?
    var objects: [WebDatasetLabels.Object]?
    try eachMember { scanner, key throws(JSONProblem) in
      if scanner.is(key, "objects") {
        guard objects == nil else { throw scanner.otherForm }
        objects = try scanner.plainObjects()
      } else if scanner.is(key, "width") {
        guard width == nil else { throw scanner.otherForm }
        width = try scanner.plainInteger()
      } else if scanner.is(key, "height") {
        guard height == nil else { throw scanner.otherForm }
        height = try scanner.plainInteger()
      } else if scanner.is(key, "file_name") {
        guard fileName == nil else { throw scanner.otherForm }
        fileName = try scanner.plainText()
      } else if scanner.is(key, "image") {
        throw scanner.otherForm
      } else {
        try scanner.skip()
      }
    }
    guard let objects else { throw otherForm }
    return WebDatasetLabels(
      fileName: fileName, size: PixelSize(width: width, height: height), objects: objects)
  }

  private mutating func plainObjects() throws(JSONProblem) -> [WebDatasetLabels.Object] {
    var objects: [WebDatasetLabels.Object] = []
    try eachElement { scanner throws(JSONProblem) in objects.append(try scanner.plainObject()) }
    return objects
  }

  private mutating func plainObject() throws(JSONProblem) -> WebDatasetLabels.Object {
    var className: String?
    var box: PixelBox?
    var isDifficult: Bool?
    var isCrowd: Bool?
    var area: Double?
    try eachMember { scanner, key throws(JSONProblem) in
      if scanner.is(key, "class") {
        guard className == nil else { throw scanner.otherForm }
        className = try scanner.plainText()
      } else if scanner.is(key, "box") {
        guard box == nil else { throw scanner.otherForm }
        box = try scanner.plainCorners()
      } else if scanner.is(key, "difficult") {
        guard isDifficult == nil else { throw scanner.otherForm }
        isDifficult = try scanner.plainFlag()
      } else if scanner.is(key, "iscrowd") {
        guard isCrowd == nil else { throw scanner.otherForm }
        isCrowd = try scanner.plainFlag()
      } else if scanner.is(key, "area") {
        guard area == nil else { throw scanner.otherForm }
        area = try scanner.double()
      } else {
        try scanner.skip()
      }
    }
    guard let className, !className.isBlank, let box else { throw otherForm }
    return WebDatasetLabels.Object(
      className: className, box: box, isDifficult: isDifficult ?? false, isCrowd: isCrowd ?? false,
      area: area)
  }

  private mutating func plainText() throws(JSONProblem) -> String { text(try string()) }

  /// Passes an integer of digits alone.
  private mutating func plainInteger() throws(JSONProblem) -> Int {
    skipSpace()
    let number = try number()
    guard number.exponent == 0, let value = integer(number) else { throw otherForm }
    return value
  }

  /// Passes `true`, `false` or an integer.
  private mutating func plainFlag() throws(JSONProblem) -> Bool {
    switch next() {
    case UInt8(ascii: "t"), UInt8(ascii: "f"): try flag()
    default: try plainInteger() != 0
    }
  }

  /// Passes a list of four numbers.
  private mutating func plainCorners() throws(JSONProblem) -> PixelBox {
    var corners: [Double] = []
    corners.reserveCapacity(4)
    try eachElement { scanner throws(JSONProblem) in corners.append(try scanner.double()) }
    guard corners.count == 4 else { throw otherForm }
    return PixelBox(xMin: corners[0], yMin: corners[1], xMax: corners[2], yMax: corners[3])
  }
}
