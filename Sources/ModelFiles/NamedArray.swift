import Foundation

/// A dense array as files hold it: element type, shape, little-endian bytes row by row.
public struct NamedArray: Hashable, Sendable {
  /// Element types by their names in safetensors.
  public enum ElementType: String, Hashable, Sendable, CaseIterable {
    case bool = "BOOL"
    case uint8 = "U8"
    case int8 = "I8"
    case int16 = "I16"
    case uint16 = "U16"
    case int32 = "I32"
    case uint32 = "U32"
    case int64 = "I64"
    case uint64 = "U64"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case float32 = "F32"
    case float64 = "F64"

    public var byteCount: Int {
      switch self {
      case .bool, .uint8, .int8: 1
      case .int16, .uint16, .float16, .bfloat16: 2
      case .int32, .uint32, .float32: 4
      case .int64, .uint64, .float64: 8
      }
    }
  }

  public let elementType: ElementType
  public let shape: [Int]
  public let bytes: Data

  /// - Precondition: the bytes fit the shape.
  public init(elementType: ElementType, shape: [Int], bytes: Data) {
    precondition(
      bytes.count == shape.reduce(elementType.byteCount, *),
      "\(bytes.count) bytes for shape \(shape) of \(elementType.rawValue)")
    self.elementType = elementType
    self.shape = shape
    self.bytes = bytes
  }

  /// - Precondition: the elements fit the shape.
  public init(shape: [Int], floats: [Float]) {
    self.init(
      elementType: .float32, shape: shape, bytes: floats.withUnsafeBytes { Data($0) })
  }

  /// Creates an array of 64-bit integers.
  ///
  /// - Precondition: the elements fit the shape.
  public init(integers: [Int], shape: [Int]) {
    self.init(
      elementType: .int64, shape: shape,
      bytes: integers.map { Int64($0).littleEndian }.withUnsafeBytes { Data($0) })
  }

  /// Creates an array of zeros.
  public init(zeros elementType: ElementType, shape: [Int]) {
    self.init(
      elementType: elementType, shape: shape,
      bytes: Data(count: shape.reduce(elementType.byteCount, *)))
  }

  public var elementCount: Int { shape.reduce(1, *) }

  /// Returns the elements of a floating-point array as `Float`.
  ///
  /// - Throws: ``ConversionError`` for an array of integers.
  public func floats() throws(ConversionError) -> [Float] {
    switch elementType {
    case .float32: elements(Float.self)
    case .float64: elements(Double.self).map { Float($0) }
    case .bfloat16: elements(UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
    case .float16: elements(UInt16.self).map(Self.widened)
    default: throw ConversionError(found: elementType)
    }
  }

  /// An array's elements are not of a type that can be read as asked.
  public struct ConversionError: Error, Hashable, Sendable, CustomStringConvertible {
    public let found: ElementType
    public var description: String {
      "expected floating-point elements, found \(found.rawValue)"
    }
  }

  private func elements<Element: BitwiseCopyable>(_ type: Element.Type) -> [Element] {
    let count = elementCount
    return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      // Data's storage need not be aligned.
      _ = bytes.copyBytes(to: UnsafeMutableRawBufferPointer(buffer))
      initialized = count
    }
  }

  /// Float16 by its bits, because the type is missing on x86 Macs.
  private static func widened(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    case 0x1F: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
