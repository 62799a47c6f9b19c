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
    guard let labels = try? Self.plain(&scanner), (try? scanner.end()) != nil else { return nil }
    self = labels
  }

  private static func plain(_ scanner: inout JSONScanner) throws(JSONProblem) -> WebDatasetLabels? {
    var fileName: String?
    var width: Int?
    var height: Int?
    var objects: [Object]?
    var isOpen = try scanner.openObject()
    while isOpen {
      let key = try scanner.key()
      if scanner.is(key, "objects") {
        guard objects == nil, let found = try plainObjects(&scanner) else { return nil }
        objects = found
      } else if scanner.is(key, "width") {
        guard width == nil, let found = try scanner.plainInteger() else { return nil }
        width = found
      } else if scanner.is(key, "height") {
        guard height == nil, let found = try scanner.plainInteger() else { return nil }
        height = found
      } else if scanner.is(key, "file_name") {
        guard fileName == nil, scanner.next() == UInt8(ascii: "\"") else { return nil }
        fileName = scanner.text(try scanner.string())
      } else if scanner.is(key, "image") {
        return nil
      } else {
        try scanner.skip()
      }
      isOpen = try scanner.continuesObject()
    }
    guard let objects else { return nil }
    return WebDatasetLabels(
      fileName: fileName, size: PixelSize(width: width, height: height), objects: objects)
  }

  private static func plainObjects(
    _ scanner: inout JSONScanner
  ) throws(JSONProblem) -> [Object]? {
    guard scanner.next() == UInt8(ascii: "[") else { return nil }
    var objects: [Object] = []
    var isOpen = try scanner.openList()
    while isOpen {
      guard let object = try plainObject(&scanner) else { return nil }
      objects.append(object)
      isOpen = try scanner.continuesList()
    }
    return objects
  }

  private static func plainObject(_ scanner: inout JSONScanner) throws(JSONProblem) -> Object? {
    var className: String?
    var box: PixelBox?
    var isDifficult: Bool?
    var isCrowd: Bool?
    var area: Double?
    guard scanner.next() == UInt8(ascii: "{") else { return nil }
    var isOpen = try scanner.openObject()
    while isOpen {
      let key = try scanner.key()
      if scanner.is(key, "class") {
        guard className == nil, scanner.next() == UInt8(ascii: "\"") else { return nil }
        className = scanner.text(try scanner.string())
      } else if scanner.is(key, "box") {
        guard box == nil, let found = try scanner.plainCorners() else { return nil }
        box = found
      } else if scanner.is(key, "difficult") {
        guard isDifficult == nil, let found = try scanner.plainFlag() else { return nil }
        isDifficult = found
      } else if scanner.is(key, "iscrowd") {
        guard isCrowd == nil, let found = try scanner.plainFlag() else { return nil }
        isCrowd = found
      } else if scanner.is(key, "area") {
        guard area == nil, scanner.isNumber else { return nil }
        area = try scanner.double()
      } else {
        try scanner.skip()
      }
      isOpen = try scanner.continuesObject()
    }
    guard let className, !className.isBlank, let box else { return nil }
    return Object(
      className: className, box: box, isDifficult: isDifficult ?? false, isCrowd: isCrowd ?? false,
      area: area)
  }
}

extension JSONScanner {
  /// Passes an integer of digits alone; nil, and passes anything, for another value.
  fileprivate mutating func plainInteger() throws(JSONProblem) -> Int? {
    guard isNumber else { return nil }
    let number = try number()
    return number.exponent == 0 ? integer(number) : nil
  }

  /// Passes `true`, `false` or an integer; nil, and passes anything, for another value.
  fileprivate mutating func plainFlag() throws(JSONProblem) -> Bool? {
    switch next() {
    case UInt8(ascii: "t"):
      try pass("true")
      return true
    case UInt8(ascii: "f"):
      try pass("false")
      return false
    default: return try plainInteger().map { $0 != 0 }
    }
  }

  /// Passes a list of four numbers; nil, and passes anything, for another value.
  fileprivate mutating func plainCorners() throws(JSONProblem) -> PixelBox? {
    guard next() == UInt8(ascii: "["), try openList() else { return nil }
    var corners = (0.0, 0.0, 0.0, 0.0)
    var count = 0
    var isOpen = true
    while isOpen {
      guard isNumber, count < 4 else { return nil }
      corners = (corners.1, corners.2, corners.3, try double())
      count += 1
      isOpen = try continuesList()
    }
    guard count == 4 else { return nil }
    return PixelBox(xMin: corners.0, yMin: corners.1, xMax: corners.2, yMax: corners.3)
  }
}
