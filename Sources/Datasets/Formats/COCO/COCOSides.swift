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
  mutating func sides() throws(JSONProblem) -> COCOSides? {
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
    guard index == 4, sides.2 >= 0, sides.3 >= 0, (sides.0 + sides.2).isFinite,
      (sides.1 + sides.3).isFinite
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

  /// Passes a segment and returns the upright box of its polygons: a list of lists of x and y, or
  /// one such list. Nil for what is none, as for COCO's run lengths.
  mutating func polygonSides() throws(JSONProblem) -> COCOSides? {
    var bounds: (xMin: Double, yMin: Double, xMax: Double, yMax: Double)?
    guard next() == UInt8(ascii: "["), try addPoints(to: &bounds, isNested: true), let bounds
    else { return nil }
    return COCOSides(
      x: bounds.xMin, y: bounds.yMin, width: bounds.xMax - bounds.xMin,
      height: bounds.yMax - bounds.yMin)
  }

  /// False as soon as something is no polygon; the rest is not passed then.
  private mutating func addPoints(
    to bounds: inout (xMin: Double, yMin: Double, xMax: Double, yMax: Double)?, isNested: Bool
  ) throws(JSONProblem) -> Bool {
    var isOpen = try openList()
    var x: Double?
    while isOpen {
      if isNested, next() == UInt8(ascii: "[") {
        guard x == nil, try addPoints(to: &bounds, isNested: false) else { return false }
      } else {
        guard isNumber else { return false }
        let value = try double()
        if let left = x {
          let old = bounds ?? (left, value, left, value)
          bounds = (
            min(old.xMin, left), min(old.yMin, value), max(old.xMax, left), max(old.yMax, value)
          )
          x = nil
        } else {
          x = value
        }
      }
      isOpen = try continuesList()
    }
    // A coordinate without its pair.
    return x == nil
  }
}
