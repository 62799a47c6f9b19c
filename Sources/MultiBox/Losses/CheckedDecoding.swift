extension KeyedDecodingContainer {
  /// Decodes a value, or takes a default where the key is missing, and checks it.
  ///
  /// - Parameters:
  ///   - expected: what the value should be, for the message.
  /// - Throws: `DecodingError` naming the key, what was expected and what was found.
  func decode<Value: Decodable>(
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
}
