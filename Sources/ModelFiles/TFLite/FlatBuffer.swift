import Foundation

/// Bytes of a file whose places are looked at only after a check that they are there.
///
/// Offsets in FlatBuffers point anywhere: nothing that is read here may be outside, and nothing
/// that is counted may take more memory than the file has.
struct FlatBuffer {
  let bytes: Data

  /// What is wrong with the bytes, without the file's name.
  struct Failure: Error {
    let reason: String
  }

  init(_ bytes: Data) { self.bytes = bytes }

  var count: Int { bytes.count }

  /// Returns `count` bytes from a position on.
  func slice(_ position: Int, _ count: Int) throws(Failure) -> Data {
    guard position >= 0, count >= 0, position <= bytes.count, count <= bytes.count - position else {
      throw Failure(
        reason: "ends at byte \(bytes.count): expected \(count) bytes at \(position)")
    }
    let start = bytes.startIndex + position
    return bytes[start..<start + count]
  }

  /// Returns a little-endian number.
  func number<Number: FixedWidthInteger>(
    _ type: Number.Type, at position: Int
  ) throws(Failure) -> Number {
    let slice = try slice(position, MemoryLayout<Number>.size)
    var value: Number = 0
    _ = withUnsafeMutableBytes(of: &value) { slice.copyBytes(to: $0) }
    return Number(littleEndian: value)
  }

  /// Follows the forward offset that stands at a position.
  func target(at position: Int) throws(Failure) -> Int {
    let (target, overflows) = position.addingReportingOverflow(
      Int(try number(UInt32.self, at: position)))
    guard !overflows, target < bytes.count else {
      throw Failure(reason: "byte \(position) points behind the end, byte \(bytes.count)")
    }
    return target
  }

  /// The table that the file begins with.
  func root() throws(Failure) -> Table { try Table(self, at: target(at: 0)) }

  /// Fields by number, of which any may be missing.
  struct Table {
    let buffer: FlatBuffer
    let position: Int
    private let fieldsPosition: Int
    private let fieldCount: Int

    init(_ buffer: FlatBuffer, at position: Int) throws(Failure) {
      self.buffer = buffer
      self.position = position
      let (fields, overflows) = position.subtractingReportingOverflow(
        Int(try buffer.number(Int32.self, at: position)))
      guard !overflows, fields >= 0 else {
        throw Failure(reason: "table at byte \(position): its fields stand outside of the file")
      }
      let size = Int(try buffer.number(UInt16.self, at: fields))
      fieldsPosition = fields + 4
      fieldCount = max(0, size / 2 - 2)
    }

    /// Returns the position of a field; nil where it is missing.
    func position(of field: Int) throws(Failure) -> Int? {
      guard field < fieldCount else { return nil }
      let offset = try buffer.number(UInt16.self, at: fieldsPosition + field * 2)
      return offset == 0 ? nil : position + Int(offset)
    }

    /// Returns a number; nil where it is missing and so has its default.
    func number<Number: FixedWidthInteger>(
      _ field: Int, _ type: Number.Type
    ) throws(Failure) -> Number? {
      guard let position = try position(of: field) else { return nil }
      return try buffer.number(type, at: position)
    }

    func table(_ field: Int) throws(Failure) -> Table? {
      guard let position = try position(of: field) else { return nil }
      return try Table(buffer, at: buffer.target(at: position))
    }

    /// Returns a vector of elements of so many bytes; empty where it is missing.
    func vector(_ field: Int, elementSize: Int) throws(Failure) -> Vector {
      guard let position = try position(of: field) else {
        return Vector(buffer: buffer, start: 0, count: 0, elementSize: elementSize)
      }
      let start = try buffer.target(at: position)
      let count = Int(try buffer.number(UInt32.self, at: start))
      let (size, overflows) = count.multipliedReportingOverflow(by: elementSize)
      guard !overflows else { throw Failure(reason: "vector at byte \(start): \(count) elements") }
      _ = try buffer.slice(start + 4, size)
      return Vector(buffer: buffer, start: start + 4, count: count, elementSize: elementSize)
    }

    func integers(_ field: Int) throws(Failure) -> [Int] {
      try vector(field, elementSize: 4).map { (vector, position) throws(Failure) in
        Int(try vector.number(Int32.self, at: position))
      }
    }

    func longs(_ field: Int) throws(Failure) -> [Int] {
      try vector(field, elementSize: 8).map { (vector, position) throws(Failure) in
        Int(try vector.number(Int64.self, at: position))
      }
    }

    func floats(_ field: Int) throws(Failure) -> [Float] {
      try vector(field, elementSize: 4).map { (vector, position) throws(Failure) in
        Float(bitPattern: try vector.number(UInt32.self, at: position))
      }
    }

    func bytes(_ field: Int) throws(Failure) -> Data {
      let vector = try vector(field, elementSize: 1)
      return try buffer.slice(vector.start, vector.count)
    }

    func text(_ field: Int) throws(Failure) -> String {
      String(decoding: try bytes(field), as: UTF8.self)
    }

    func tables(_ field: Int) throws(Failure) -> [Table] {
      try vector(field, elementSize: 4).map { (buffer, position) throws(Failure) in
        try Table(buffer, at: buffer.target(at: position))
      }
    }
  }

  /// Elements that stand side by side, all of them inside of the file.
  struct Vector {
    let buffer: FlatBuffer
    let start: Int
    let count: Int
    let elementSize: Int

    func map<Element>(
      _ read: (FlatBuffer, Int) throws(Failure) -> Element
    ) throws(Failure) -> [Element] {
      var result: [Element] = []
      result.reserveCapacity(count)
      for index in 0..<count { result.append(try read(buffer, start + index * elementSize)) }
      return result
    }
  }
}
