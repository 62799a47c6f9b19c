import Files
import Foundation

/// A dense array as files hold it: element type, shape, little-endian bytes row by row.
public struct NamedArray: Hashable, Sendable {
  /// Element types by their names in safetensors.
  public enum ElementType: String, Hashable, Sendable, CaseIterable {
    /// One byte, 0 or 1.
    case bool = "BOOL"
    /// 8 bits without sign.
    case uint8 = "U8"
    /// 8 bits with sign.
    case int8 = "I8"
    /// 16 bits with sign.
    case int16 = "I16"
    /// 16 bits without sign.
    case uint16 = "U16"
    /// 32 bits with sign.
    case int32 = "I32"
    /// 32 bits without sign.
    case uint32 = "U32"
    /// 64 bits with sign.
    case int64 = "I64"
    /// 64 bits without sign.
    case uint64 = "U64"
    /// IEEE half precision.
    case float16 = "F16"
    /// The upper half of a float32.
    case bfloat16 = "BF16"
    /// IEEE single precision.
    case float32 = "F32"
    /// IEEE double precision.
    case float64 = "F64"

    /// Bytes of one element.
    public var byteCount: Int {
      switch self {
      case .bool, .uint8, .int8: 1
      case .int16, .uint16, .float16, .bfloat16: 2
      case .int32, .uint32, .float32: 4
      case .int64, .uint64, .float64: 8
      }
    }
  }

  /// The type of all elements.
  public let elementType: ElementType
  /// Sizes of the dimensions; empty for a scalar.
  public let shape: [Int]
  /// The elements, little-endian, the last dimension fastest.
  public let bytes: Data

  /// Creates an array of bytes that are there.
  ///
  /// - Precondition: the bytes fit the shape.
  public init(elementType: ElementType, shape: [Int], bytes: Data) {
    precondition(
      bytes.count == shape.reduce(elementType.byteCount, *),
      "\(bytes.count) bytes for shape \(shape) of \(elementType.rawValue)")
    self.elementType = elementType
    self.shape = shape
    self.bytes = bytes
  }

  /// Creates an array of float32.
  ///
  /// - Parameters:
  ///   - shape: sizes of the dimensions.
  ///   - floats: the elements, the last dimension fastest.
  /// - Precondition: the elements fit the shape.
  public init(shape: [Int], floats: [Float]) {
    self.init(
      elementType: .float32, shape: shape, bytes: floats.withUnsafeBytes { Data($0) })
  }

  /// Creates an array of 64-bit integers.
  ///
  /// - Parameters:
  ///   - integers: the elements, the last dimension fastest.
  ///   - shape: sizes of the dimensions.
  /// - Precondition: the elements fit the shape.
  public init(integers: [Int], shape: [Int]) {
    self.init(
      elementType: .int64, shape: shape,
      bytes: integers.map { Int64($0).littleEndian }.withUnsafeBytes { Data($0) })
  }

  /// Creates an array of whole numbers as they are.
  ///
  /// - Parameters:
  ///   - elementType: a type of whole numbers.
  ///   - shape: sizes of the dimensions.
  ///   - numbers: the elements, the last dimension fastest.
  /// - Precondition: the elements fit the type and the shape.
  public init<Number: FixedWidthInteger & BitwiseCopyable>(
    elementType: ElementType, shape: [Int], numbers: [Number]
  ) {
    precondition(
      MemoryLayout<Number>.size == elementType.byteCount,
      "\(Number.self) as \(elementType.rawValue)")
    self.init(
      elementType: elementType, shape: shape,
      bytes: numbers.map(\.littleEndian).withUnsafeBytes { Data($0) })
  }

  /// Creates an array of zeros, of elements of `elementType` in `shape`.
  public init(zeros elementType: ElementType, shape: [Int]) {
    self.init(
      elementType: elementType, shape: shape,
      bytes: Data(count: shape.reduce(elementType.byteCount, *)))
  }

  /// The product of the sizes; 1 for a scalar.
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
    /// The type that the array has.
    public let found: ElementType
    /// One line for people.
    public var description: String {
      "expected floating-point elements, found \(found.rawValue)"
    }
  }

  /// Returns the values of weights, none of which may be NaN or infinite.
  ///
  /// - Parameters:
  ///   - name: of the array, for the error.
  ///   - path: of its file.
  /// - Throws: `FileError` with the number of those that are, and for an array of integers.
  package func finiteFloats(_ name: String, path: String) throws(FileError) -> [Float] {
    let floats: [Float]
    do {
      floats = try self.floats()
    } catch {
      throw FileError(path: path, reason: "\(name): \(error)")
    }
    let count = floats.count { !$0.isFinite }
    guard count == 0 else {
      throw FileError(
        path: path, reason: "\(name): \(count) of \(floats.count) values are not finite")
    }
    return floats
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
