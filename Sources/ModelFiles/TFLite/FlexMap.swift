import Foundation

/// The numbers of a FlexBuffer whose root is a map, as custom operators of TFLite keep their
/// options.
///
/// Everything is read backwards: the last byte is the width of the root, the one before it its type
/// and, in its low two bits, the logarithm of the width of what it points to.
struct FlexMap {
  private(set) var numbers: [String: Double] = [:]

  private enum Kind {
    static let (integer, unsigned, float) = (UInt8(1), UInt8(2), UInt8(3))
    static let (pointedInteger, pointedUnsigned, pointedFloat) = (UInt8(6), UInt8(7), UInt8(8))
    static let (map, bool) = (UInt8(9), UInt8(26))
  }

  private let buffer: FlatBuffer

  init(_ bytes: Data) throws(FlatBuffer.Failure) {
    buffer = FlatBuffer(bytes)
    let width = Int(try buffer.number(UInt8.self, at: bytes.count - 1))
    let type = try buffer.number(UInt8.self, at: bytes.count - 2)
    guard type >> 2 == Kind.map else {
      throw FlatBuffer.Failure(reason: "options: expected a map, found type \(type >> 2)")
    }
    let root = bytes.count - 2 - width
    let values = try target(at: root, width: width)
    let valueWidth = 1 << Int(type & 3)
    let count = try unsigned(at: values - valueWidth, width: valueWidth)
    let keys = try target(at: values - 3 * valueWidth, width: valueWidth)
    let keyWidth = try unsigned(at: values - 2 * valueWidth, width: valueWidth)
    guard [1, 2, 4, 8].contains(keyWidth) else {
      throw FlatBuffer.Failure(reason: "options: keys of \(keyWidth) bytes")
    }
    // Each entry has a value and a type: the count is checked by the bytes that it needs.
    _ = try buffer.slice(values, try product(count, valueWidth + 1))
    for index in 0..<count {
      let key = try text(at: target(at: keys + index * keyWidth, width: keyWidth))
      let type = try buffer.number(UInt8.self, at: values + count * valueWidth + index)
      numbers[key] = try number(at: values + index * valueWidth, width: valueWidth, type: type)
    }
  }

  /// Nil for what is no number.
  private func number(
    at position: Int, width: Int, type: UInt8
  ) throws(FlatBuffer.Failure) -> Double? {
    switch type >> 2 {
    case Kind.integer: return Double(try signed(at: position, width: width))
    case Kind.unsigned, Kind.bool: return Double(try unsigned(at: position, width: width))
    case Kind.float: return try float(at: position, width: width)
    case Kind.pointedInteger, Kind.pointedUnsigned, Kind.pointedFloat:
      let target = try target(at: position, width: width)
      let inner = 1 << Int(type & 3)
      switch type >> 2 {
      case Kind.pointedInteger: return Double(try signed(at: target, width: inner))
      case Kind.pointedUnsigned: return Double(try unsigned(at: target, width: inner))
      default: return try float(at: target, width: inner)
      }
    default: return nil
    }
  }

  private func product(_ count: Int, _ size: Int) throws(FlatBuffer.Failure) -> Int {
    let (product, overflows) = count.multipliedReportingOverflow(by: size)
    guard !overflows else { throw FlatBuffer.Failure(reason: "options: \(count) entries") }
    return product
  }

  /// Offsets point backwards.
  private func target(at position: Int, width: Int) throws(FlatBuffer.Failure) -> Int {
    let offset = try unsigned(at: position, width: width)
    guard offset <= position else {
      throw FlatBuffer.Failure(reason: "options: byte \(position) points before the beginning")
    }
    return position - offset
  }

  private func unsigned(at position: Int, width: Int) throws(FlatBuffer.Failure) -> Int {
    let value: UInt64
    switch width {
    case 1: value = UInt64(try buffer.number(UInt8.self, at: position))
    case 2: value = UInt64(try buffer.number(UInt16.self, at: position))
    case 4: value = UInt64(try buffer.number(UInt32.self, at: position))
    case 8: value = try buffer.number(UInt64.self, at: position)
    default: throw FlatBuffer.Failure(reason: "options: numbers of \(width) bytes")
    }
    guard let number = Int(exactly: value) else {
      throw FlatBuffer.Failure(reason: "options: \(value) is too large")
    }
    return number
  }

  private func signed(at position: Int, width: Int) throws(FlatBuffer.Failure) -> Int {
    switch width {
    case 1: Int(try buffer.number(Int8.self, at: position))
    case 2: Int(try buffer.number(Int16.self, at: position))
    case 4: Int(try buffer.number(Int32.self, at: position))
    case 8: Int(try buffer.number(Int64.self, at: position))
    default: throw FlatBuffer.Failure(reason: "options: numbers of \(width) bytes")
    }
  }

  private func float(at position: Int, width: Int) throws(FlatBuffer.Failure) -> Double {
    switch width {
    case 4:
      // As it was written: .6, not the digits of the nearest Float.
      let value = Float(bitPattern: try buffer.number(UInt32.self, at: position))
      return Double("\(value)") ?? Double(value)
    case 8: return Double(bitPattern: try buffer.number(UInt64.self, at: position))
    default: throw FlatBuffer.Failure(reason: "options: floating point of \(width) bytes")
    }
  }

  private func text(at position: Int) throws(FlatBuffer.Failure) -> String {
    // No option has a name of more bytes.
    let longest = 64
    var bytes: [UInt8] = []
    while bytes.count < longest {
      let byte = try buffer.number(UInt8.self, at: position + bytes.count)
      if byte == 0 { break }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
