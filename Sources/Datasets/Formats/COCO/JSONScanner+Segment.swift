extension JSONScanner {
  /// The upright box of a segment: of polygons, which are a list of lists of x and y or one such
  /// list, or of a mask, an object. Nil for what is neither; then the segment is not passed.
  mutating func segmentSides() throws(JSONProblem) -> COCOSides? {
    if next() == UInt8(ascii: "{") { return try maskSides() }
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

  /// `counts` and `size` of a mask.
  private mutating func maskSides() throws(JSONProblem) -> COCOSides? {
    var counts: [Int]?
    var size: [Int]?
    var isOpen = try openObject()
    while isOpen {
      let key = try key()
      if `is`(key, "counts") {
        counts =
          next() == UInt8(ascii: "\"")
          ? COCORuns.counts(compressed: text(try string())) : try integers()
      } else if `is`(key, "size") {
        size = try integers()
      } else {
        try skip()
      }
      isOpen = try continuesObject()
    }
    guard let counts, let size, size.count == 2 else { return nil }
    return COCORuns.sides(counts, height: size[0], width: size[1])
  }

  /// Passes a value; nil where it is not a list of integers.
  private mutating func integers() throws(JSONProblem) -> [Int]? {
    guard next() == UInt8(ascii: "[") else {
      try skip()
      return nil
    }
    var result: [Int]? = []
    var isOpen = try openList()
    while isOpen {
      if isNumber {
        if let value = Int(exactly: try double()) { result?.append(value) } else { result = nil }
      } else {
        result = nil
        try skip()
      }
      isOpen = try continuesList()
    }
    return result
  }
}

/// COCO's masks: the lengths of runs down the columns of an image, from the left, by turns of
/// pixels outside and inside.
enum COCORuns {
  /// The lengths in COCO's short text: 5 bits a letter, the lowest first, a sixth where more
  /// follow; from the fourth number on the difference to the last but one.
  ///
  /// - Returns: nil for a text that is none.
  static func counts(compressed text: String) -> [Int]? {
    var counts: [Int] = []
    var value = 0
    var shift = 0
    for byte in text.utf8 {
      guard (48..<112).contains(byte), shift < 60 else { return nil }
      let bits = Int(byte) - 48
      value |= (bits & 0x1F) << shift
      shift += 5
      if bits & 0x20 != 0 { continue }
      if bits & 0x10 != 0 { value |= -1 << shift }
      if counts.count > 2 {
        let (sum, isTooLarge) = value.addingReportingOverflow(counts[counts.count - 2])
        guard !isTooLarge else { return nil }
        value = sum
      }
      counts.append(value)
      value = 0
      shift = 0
    }
    return shift == 0 ? counts : nil
  }

  /// The box around the pixels inside.
  ///
  /// - Returns: nil without any, and for runs that do not fill an image of this size.
  static func sides(_ counts: [Int], height: Int, width: Int) -> COCOSides? {
    let (pixels, isTooLarge) = height.multipliedReportingOverflow(by: width)
    guard height > 0, width > 0, !isTooLarge else { return nil }
    var position = 0
    var bounds: (left: Int, top: Int, right: Int, bottom: Int)?
    for (index, count) in counts.enumerated() {
      guard count >= 0, count <= pixels - position else { return nil }
      let start = position
      position += count
      guard index % 2 == 1, count > 0 else { continue }
      let first = (column: start / height, row: start % height)
      let last = (column: (position - 1) / height, row: (position - 1) % height)
      // A run into the next column passes the bottom of the one and the top of the other.
      let rows = first.column == last.column ? (first.row, last.row) : (0, height - 1)
      let old = bounds ?? (first.column, rows.0, last.column, rows.1)
      bounds = (
        min(old.left, first.column), min(old.top, rows.0), max(old.right, last.column),
        max(old.bottom, rows.1)
      )
    }
    guard position == pixels, let bounds else { return nil }
    return COCOSides(
      x: Double(bounds.left), y: Double(bounds.top), width: Double(bounds.right - bounds.left + 1),
      height: Double(bounds.bottom - bounds.top + 1))
  }
}
