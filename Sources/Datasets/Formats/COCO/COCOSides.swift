import MultiBox

/// A bbox as COCO has it: left, top, width and height in pixels.
struct COCOSides: Hashable, Sendable, CustomStringConvertible {
  let x: Double
  let y: Double
  let width: Double
  let height: Double

  /// Nothing, at the origin.
  static let none = COCOSides(x: 0, y: 0, width: 0, height: 0)

  /// Width times height, as the reference computes it.
  var area: Double { width * height }

  /// The corners.
  var box: PixelBox { PixelBox(xMin: x, yMin: y, xMax: x + width, yMax: y + height) }

  var description: String { "[\(x), \(y), \(width), \(height)]" }
}

extension JSONScanner {
  /// Passes a bbox; nil for a list that is none, which is passed, too.
  ///
  /// - Parameter allowsNegative: takes one that is less than nothing wide or high, too.
  mutating func sides(allowsNegative: Bool = false) throws(JSONProblem) -> COCOSides? {
    guard try openList() else { return nil }
    var sides = (0.0, 0.0, 0.0, 0.0)
    var index = 0
    var isOpen = true
    while isOpen {
      // null, say, is no reason to refuse the file: the annotation alone is without a box.
      guard isNumber else {
        try skip()
        index = -1
        isOpen = try continuesList()
        while isOpen {
          try skip()
          isOpen = try continuesList()
        }
        break
      }
      let side = try double()
      switch index {
      case 0: sides.0 = side
      case 1: sides.1 = side
      case 2: sides.2 = side
      case 3: sides.3 = side
      default: break
      }
      index += 1
      isOpen = try continuesList()
    }
    guard index == 4, allowsNegative || (sides.2 >= 0 && sides.3 >= 0),
      (sides.0 + sides.2).isFinite, (sides.1 + sides.3).isFinite
    else { return nil }
    return COCOSides(x: sides.0, y: sides.1, width: sides.2, height: sides.3)
  }

  /// True if the next value begins as a number does.
  var isNumber: Bool {
    mutating get {
      let byte = next()
      return byte == UInt8(ascii: "-") || byte &- UInt8(ascii: "0") < 10
    }
  }
}
