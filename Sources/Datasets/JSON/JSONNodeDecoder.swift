/// Decodes a value of a JSON text that was read whole.
struct JSONNodeDecoder: Decoder {
  let node: JSONNode
  /// For the words and digits as they are written.
  let scanner: JSONScanner
  let codingPath: [any CodingKey]
  /// Lines and columns, for messages.
  let places: JSONPlaces
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  /// - Parameter places: those of the text; nil for its outermost value.
  init(
    _ node: JSONNode, _ scanner: JSONScanner, codingPath: [any CodingKey],
    places: JSONPlaces? = nil
  ) {
    self.node = node
    self.scanner = scanner
    self.codingPath = codingPath
    self.places = places ?? JSONPlaces(scanner)
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .object(let members) = node.content else { throw mismatch("an object") }
    return KeyedDecodingContainer(Members<Key>(decoder: self, members: members))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .list(let elements) = node.content else { throw mismatch("a list") }
    return Elements(decoder: self, elements: elements)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { Single(decoder: self) }

  fileprivate func inner(_ node: JSONNode, _ key: any CodingKey) -> JSONNodeDecoder {
    JSONNodeDecoder(node, scanner, codingPath: codingPath + [key], places: places)
  }

  fileprivate func mismatch(_ expected: String) -> DecodingError {
    DecodingError.dataCorrupted(
      DecodingError.Context(
        codingPath: codingPath,
        debugDescription: "expected \(expected), found \(scanner.excerpt(node.offset))"))
  }

  fileprivate var isNull: Bool { if case .null = node.content { true } else { false } }

  fileprivate func bool() throws -> Bool {
    guard case .bool(let value) = node.content else { throw mismatch("true or false") }
    return value
  }

  fileprivate func string() throws -> String {
    guard case .string(let value) = node.content else { throw mismatch("a string") }
    return value
  }

  fileprivate func double() throws -> Double {
    guard case .number(let number) = node.content else { throw mismatch("a number") }
    return try scanner.double(number)
  }

  fileprivate func float() throws -> Float {
    let value = Float(try double())
    guard value.isFinite else { throw mismatch("a number of at most 3.4e38") }
    return value
  }

  fileprivate func integer<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
    let expected = "a whole number of \(Number.min) to \(Number.max)"
    guard case .number(let number) = node.content else { throw mismatch(expected) }
    // Of 64 bits without sign the upper half is no `Int`.
    let value =
      Number(scanner.written(number.range))
      ?? scanner.integer(number).flatMap { Number(exactly: $0) }
    guard let value else { throw mismatch(expected) }
    return value
  }

  fileprivate func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try Value(from: self)
  }
}

/// A member of a list.
private struct Index: CodingKey {
  let number: Int
  var stringValue: String { "\(number)" }
  var intValue: Int? { number }

  init(_ number: Int) { self.number = number }
  init?(intValue: Int) { number = intValue }
  init?(stringValue: String) { nil }
}

private struct Single: SingleValueDecodingContainer {
  let decoder: JSONNodeDecoder
  var codingPath: [any CodingKey] { decoder.codingPath }

  func decodeNil() -> Bool { decoder.isNull }
  func decode(_ type: Bool.Type) throws -> Bool { try decoder.bool() }
  func decode(_ type: String.Type) throws -> String { try decoder.string() }
  func decode(_ type: Double.Type) throws -> Double { try decoder.double() }
  func decode(_ type: Float.Type) throws -> Float { try decoder.float() }
  func decode(_ type: Int.Type) throws -> Int { try decoder.integer(type) }
  func decode(_ type: Int8.Type) throws -> Int8 { try decoder.integer(type) }
  func decode(_ type: Int16.Type) throws -> Int16 { try decoder.integer(type) }
  func decode(_ type: Int32.Type) throws -> Int32 { try decoder.integer(type) }
  func decode(_ type: Int64.Type) throws -> Int64 { try decoder.integer(type) }
  func decode(_ type: UInt.Type) throws -> UInt { try decoder.integer(type) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try decoder.integer(type) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try decoder.integer(type) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try decoder.integer(type) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try decoder.integer(type) }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.value(type) }
}

private struct Members<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: JSONNodeDecoder
  let members: [String: JSONNode]
  var codingPath: [any CodingKey] { decoder.codingPath }
  var allKeys: [Key] { members.keys.sorted().compactMap(Key.init(stringValue:)) }

  func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }

  private func inner(_ key: any CodingKey) throws -> JSONNodeDecoder {
    guard let node = members[key.stringValue] else {
      throw DecodingError.keyNotFound(
        key, DecodingError.Context(codingPath: codingPath, debugDescription: "missing"))
    }
    return decoder.inner(node, key)
  }

  func decodeNil(forKey key: Key) throws -> Bool { try inner(key).isNull }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try inner(key).bool() }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try inner(key).string() }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try inner(key).double() }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try inner(key).float() }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try inner(key).integer(type) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try inner(key).integer(type) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try inner(key).integer(type) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try inner(key).integer(type) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try inner(key).integer(type) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try inner(key).integer(type) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try inner(key).integer(type) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 {
    try inner(key).integer(type)
  }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 {
    try inner(key).integer(type)
  }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 {
    try inner(key).integer(type)
  }
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try inner(key).value(type)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try inner(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try inner(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder {
    guard let key = Key(stringValue: "super") else { return decoder }
    return try inner(key)
  }

  func superDecoder(forKey key: Key) throws -> any Decoder { try inner(key) }
}

private struct Elements: UnkeyedDecodingContainer {
  let decoder: JSONNodeDecoder
  let elements: [JSONNode]
  private(set) var currentIndex = 0
  var codingPath: [any CodingKey] { decoder.codingPath }
  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  init(decoder: JSONNodeDecoder, elements: [JSONNode]) {
    self.decoder = decoder
    self.elements = elements
  }

  /// The element is passed only if what it holds is what was asked for.
  private mutating func pass<Value>(_ read: (JSONNodeDecoder) throws -> Value) throws -> Value {
    guard !isAtEnd else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: codingPath + [Index(currentIndex)],
          debugDescription: "expected an element, found the end of the list"))
    }
    let value = try read(decoder.inner(elements[currentIndex], Index(currentIndex)))
    currentIndex += 1
    return value
  }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, case .null = elements[currentIndex].content else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode(_ type: Bool.Type) throws -> Bool { try pass { try $0.bool() } }
  mutating func decode(_ type: String.Type) throws -> String { try pass { try $0.string() } }
  mutating func decode(_ type: Double.Type) throws -> Double { try pass { try $0.double() } }
  mutating func decode(_ type: Float.Type) throws -> Float { try pass { try $0.float() } }
  mutating func decode(_ type: Int.Type) throws -> Int { try pass { try $0.integer(type) } }
  mutating func decode(_ type: Int8.Type) throws -> Int8 { try pass { try $0.integer(type) } }
  mutating func decode(_ type: Int16.Type) throws -> Int16 { try pass { try $0.integer(type) } }
  mutating func decode(_ type: Int32.Type) throws -> Int32 { try pass { try $0.integer(type) } }
  mutating func decode(_ type: Int64.Type) throws -> Int64 { try pass { try $0.integer(type) } }
  mutating func decode(_ type: UInt.Type) throws -> UInt { try pass { try $0.integer(type) } }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try pass { try $0.integer(type) } }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try pass { try $0.integer(type) } }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try pass { try $0.integer(type) } }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try pass { try $0.integer(type) } }
  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try pass { try $0.value(type) }
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    try pass { try $0.container(keyedBy: type) }
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try pass { try $0.unkeyedContainer() }
  }

  mutating func superDecoder() throws -> any Decoder { try pass { $0 } }
}
