import Files

/// A reader of JSON (RFC 8259) that its user asks for one value after the other.
///
/// Nothing is kept of what was read: no tree, no text. A user opens an object or a list, asks for
/// its keys, reads or skips each value, and asks whether more follows:
///
/// ```swift
/// var isOpen = try scanner.openObject()
/// while isOpen {
///   let key = try scanner.key()
///   if scanner.is(key, "score") { score = try scanner.double() } else { try scanner.skip() }
///   isOpen = try scanner.continuesObject()
/// }
/// ```
///
/// What is skipped is checked as what is read: numbers, escapes, UTF-8. Nesting ends at
/// ``depthLimit``. Where an object has a key twice the user sees both.
package struct JSONScanner {
  /// The limit of Foundation's readers.
  static let depthLimit = 512
  /// Bytes that are passed before their memory is given back.
  private static let window = 4 << 20

  // Pointers alone: to count references would cost more than to read a number.
  private let file: Unmanaged<MappedFile>
  let base: UnsafePointer<UInt8>
  /// The number of bytes.
  let count: Int
  package var position: Int
  private var depth = 0
  private var released = 0
  let powers: DecimalPowers

  /// - Parameter file: must live as long as the scanner: see ``JSONFile``.
  init(_ file: MappedFile) {
    self.file = .passUnretained(file)
    base = file.start.assumingMemoryBound(to: UInt8.self)
    count = file.count
    position = file.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    powers = .shared
  }

  /// The byte at an offset; 0, which no token has, behind the end.
  @inline(__always)
  func byte(_ offset: Int) -> UInt8 { offset < count ? base[offset] : 0 }

  /// Eight bytes from an offset on, the first the lowest; the caller knows that they are there.
  @inline(__always)
  func eightBytes(_ offset: Int) -> UInt64 {
    UInt64(
      littleEndian: UnsafeRawPointer(base + offset).loadUnaligned(as: UInt64.self))
  }

  @inline(__always)
  mutating func skipSpace() {
    // Most often there is none, or one.
    if byte(position) > 0x20 { return }
    if byte(position) == 0x20, byte(position + 1) > 0x20 {
      position += 1
    } else {
      skipLongSpace()
    }
  }

  private mutating func skipLongSpace() {
    while position + 8 <= count, eightBytes(position) == 0x2020_2020_2020_2020 { position += 8 }
    while position < count {
      switch base[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  /// The first byte of the next value, which the position then is at.
  @inline(__always)
  package mutating func next() -> UInt8 {
    skipSpace()
    return byte(position)
  }

  // MARK: Objects and lists

  /// Passes the brace of an object; false if the object is empty, and then passed.
  mutating func openObject() throws(JSONProblem) -> Bool {
    try open(UInt8(ascii: "{"), "an object", end: UInt8(ascii: "}"))
  }

  /// Passes the bracket of a list; false if the list is empty, and then passed.
  mutating func openList() throws(JSONProblem) -> Bool {
    try open(UInt8(ascii: "["), "a list", end: UInt8(ascii: "]"))
  }

  @inline(__always)
  private mutating func open(
    _ start: UInt8, _ name: StaticString, end: UInt8
  ) throws(JSONProblem) -> Bool {
    guard next() == start else { throw unexpected("\(name)") }
    guard depth < Self.depthLimit else {
      throw JSONProblem(
        offset: position, "expected \(Self.depthLimit) levels of nesting at most, found more")
    }
    position += 1
    if next() == end {
      position += 1
      return false
    }
    depth += 1
    return true
  }

  /// Behind a value: true if another follows in the object.
  @inline(__always)
  mutating func continuesObject() throws(JSONProblem) -> Bool {
    switch next() {
    case UInt8(ascii: ","):
      position += 1
      return true
    case UInt8(ascii: "}"):
      position += 1
      depth -= 1
      return false
    default: throw unexpected("a comma or the end of the object")
    }
  }

  /// Behind a value: true if another follows in the list.
  @inline(__always)
  mutating func continuesList() throws(JSONProblem) -> Bool {
    switch next() {
    case UInt8(ascii: ","):
      position += 1
      if position - released > Self.window { release() }
      return true
    case UInt8(ascii: "]"):
      position += 1
      depth -= 1
      return false
    default: throw unexpected("a comma or the end of the list")
    }
  }

  private mutating func release() {
    file._withUnsafeGuaranteedRef { $0.release(released..<position) }
    released = position
  }

  /// Passes a key and the colon behind it.
  @inline(__always)
  mutating func key() throws(JSONProblem) -> JSONString {
    guard next() == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
    let key = try string()
    guard next() == UInt8(ascii: ":") else { throw unexpected("a colon") }
    position += 1
    return key
  }

  // MARK: Words

  /// Passes `null` if it is the next value.
  @inline(__always)
  mutating func passesNull() throws(JSONProblem) -> Bool {
    guard next() == UInt8(ascii: "n") else { return false }
    try pass("null")
    return true
  }

  mutating func pass(_ word: StaticString) throws(JSONProblem) {
    let length = word.utf8CodeUnitCount
    var isWord = position + length <= count
    for index in 0..<length where isWord {
      isWord = base[position + index] == word.utf8Start[index]
    }
    guard isWord else { throw unexpected("a value") }
    position += length
  }

  /// Makes sure that nothing but space follows.
  mutating func end() throws(JSONProblem) {
    skipSpace()
    guard position >= count else { throw unexpected("the end of the file") }
  }

  // MARK: Skipping

  /// Passes any value.
  package mutating func skip() throws(JSONProblem) {
    switch next() {
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "["):
      var isOpen = try openList()
      while isOpen {
        if next() < UInt8(ascii: ":") && byte(position) != UInt8(ascii: "\"") {
          try skipNumber()
        } else {
          try skip()
        }
        isOpen = try continuesList()
      }
    case UInt8(ascii: "{"):
      var isOpen = try openObject()
      while isOpen {
        _ = try key()
        try skip()
        isOpen = try continuesObject()
      }
    case UInt8(ascii: "t"): try pass("true")
    case UInt8(ascii: "f"): try pass("false")
    case UInt8(ascii: "n"): try pass("null")
    default: try skipNumber()
    }
  }

  /// Passes a number whose value nobody asks for: of polygons a long file has many millions.
  @inline(__always)
  private mutating func skipNumber() throws(JSONProblem) {
    var offset = position
    if byte(offset) == UInt8(ascii: "-") { offset += 1 }
    let first = offset
    while byte(offset) &- UInt8(ascii: "0") < 10 { offset += 1 }
    var isPlain = offset > first && (offset == first + 1 || base[first] != UInt8(ascii: "0"))
    if byte(offset) == UInt8(ascii: ".") {
      let point = offset
      repeat { offset += 1 } while byte(offset) &- UInt8(ascii: "0") < 10
      isPlain = isPlain && offset > point + 1
    }
    // An exponent or a mistake.
    guard isPlain, byte(offset) | 0x20 != UInt8(ascii: "e") else {
      _ = try number(expected: "a value")
      return
    }
    position = offset
  }
}
