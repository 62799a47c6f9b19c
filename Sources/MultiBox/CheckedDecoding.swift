// Keys that a file leaves out have their defaults; keys that nobody knows are errors: a misspelt
// one would else have no effect in silence.

extension Decoder {
  /// Refuses keys of an object that nobody reads.
  ///
  /// - Parameter known: the keys that are read.
  /// - Throws: `DecodingError` naming the key, and those that are known.
  package func refuseKeys(except known: [String]) throws {
    let container = try container(keyedBy: AnyKey.self)
    let unknown = container.allKeys.filter { !known.contains($0.stringValue) }
    guard let key = unknown.min(by: { $0.stringValue < $1.stringValue }) else { return }
    throw DecodingError.dataCorruptedError(
      forKey: key, in: container,
      debugDescription: "no such key; known are \(known.sorted().joined(separator: ", "))")
  }

  /// Returns the values of an object that has no other keys than those of a type.
  ///
  /// - Throws: `DecodingError` naming a key that `keys` does not have.
  package func checkedContainer<Keys: CodingKey & CaseIterable>(
    keyedBy keys: Keys.Type
  ) throws -> KeyedDecodingContainer<Keys> {
    try refuseKeys(except: keys.allCases.map(\.stringValue))
    return try container(keyedBy: keys)
  }
}

/// A key of any name.
private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension KeyedDecodingContainer {
  /// Decodes a value, or takes a default where the key is missing.
  package func decode<Value: Decodable>(_ key: Key, default standard: Value) throws -> Value {
    try decodeIfPresent(Value.self, forKey: key) ?? standard
  }

  /// Decodes a value, or takes a default where the key is missing, and checks it.
  ///
  /// - Parameters:
  ///   - expected: what the value should be, for the message.
  /// - Throws: `DecodingError` naming the key, what was expected and what was found.
  package func decode<Value: Decodable>(
    _ key: Key, default standard: Value, expected: String, _ isValid: (Value) -> Bool
  ) throws -> Value {
    let value = try decodeIfPresent(Value.self, forKey: key) ?? standard
    guard isValid(value) else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "expected \(expected), found \(value)")
    }
    return value
  }

  /// Decodes a number of 0 or more.
  func decodeNotNegative(_ key: Key, default standard: Double) throws -> Double {
    try decode(key, default: standard, expected: "a number of 0 or more") {
      $0 >= 0 && $0.isFinite
    }
  }

  /// Decodes a number above 0.
  func decodePositive(_ key: Key, default standard: Double) throws -> Double {
    try decode(key, default: standard, expected: "a number above 0") { $0 > 0 && $0.isFinite }
  }

  /// Decodes a share, 0…1.
  func decodeShare(_ key: Key, default standard: Double) throws -> Double {
    try decode(key, default: standard, expected: "a number of 0…1") { $0 >= 0 && $0 <= 1 }
  }

  /// Decodes the two ends of a range, `[0.5, 2]`, or takes a default where the key is missing.
  package func decodeRange(
    _ key: Key, default standard: ClosedRange<Double>
  ) throws -> ClosedRange<Double> {
    let ends = try decode(
      key, default: [standard.lowerBound, standard.upperBound],
      expected: "two numbers, the smaller one first"
    ) { $0.count == 2 && $0[0] <= $0[1] }
    return ends[0]...ends[1]
  }
}
