extension JSONProblem {
  /// An object lacks a key.
  static func missing(_ key: String) -> JSONProblem {
    JSONProblem(path: key, offset: nil, "missing")
  }
}

// Values that both of COCO's files have.
extension JSONScanner {
  /// Passes an id.
  mutating func identifier() throws(JSONProblem) -> COCOIdentifier {
    let byte = next()
    if byte == UInt8(ascii: "\"") { return COCOIdentifier(text(try string())) }
    let start = position
    guard let value = integer(try number(expected: "an integer or a string")) else {
      throw JSONProblem(offset: start, "expected an integer or a string, found \(excerpt(start))")
    }
    return COCOIdentifier(value)
  }

  /// Passes a number that must be an integer, in either notation.
  mutating func integer() throws(JSONProblem) -> Int {
    _ = next()
    let start = position
    guard let value = integer(try number(expected: "an integer")) else {
      throw JSONProblem(offset: start, "expected an integer, found \(excerpt(start))")
    }
    return value
  }

  /// Passes 0 and 1, or false and true: both are in use; null is false.
  mutating func flag() throws(JSONProblem) -> Bool {
    switch next() {
    case UInt8(ascii: "t"):
      try pass("true")
      return true
    case UInt8(ascii: "f"):
      try pass("false")
      return false
    case UInt8(ascii: "n"):
      try pass("null")
      return false
    default: return try double(number(expected: "0, 1, false or true")) != 0
    }
  }

  /// Passes the attributes of an annotation, and gives CVAT's `rotation`, in degrees; 0 without it.
  mutating func rotation() throws(JSONProblem) -> Double {
    guard next() == UInt8(ascii: "{") else {
      try skip()
      return 0
    }
    var degrees = 0.0
    try eachMember { scanner, key throws(JSONProblem) in
      // Somebody's own attribute of this name may be a text.
      if scanner.is(key, "rotation"), scanner.isNumber {
        degrees = try scanner.double()
      } else {
        try scanner.skip()
      }
    }
    return degrees
  }

  /// True of `[]`.
  func isEmptyList(_ range: Range<Int>) -> Bool {
    (range.lowerBound + 1..<range.upperBound - 1).allSatisfy { byte($0) <= 0x20 }
  }

  /// The problem of a bbox that is none.
  func malformedBox(_ range: Range<Int>) -> JSONProblem {
    JSONProblem(
      offset: range.lowerBound,
      "expected finite x, y, width, height from 0, found \(written(range, limit: 100))")
  }
}
