import Foundation
import ModelFiles

/// Elements of a tensor, in memory that the engine owns.
struct TensorElements {
  let element: ModelPort.Element
  let start: UnsafeMutableRawPointer?
  let count: Int

  /// The elements in place, where they are `Float`.
  var floatsInPlace: UnsafeMutableBufferPointer<Float>? {
    element == .float32 ? typed(Float.self) : nil
  }

  func typed<Number>(_ type: Number.Type) -> UnsafeMutableBufferPointer<Number> {
    UnsafeMutableBufferPointer(start: start?.assumingMemoryBound(to: type), count: count)
  }

  /// Returns the elements as `Float`; nil for a type that detectors do not give.
  ///
  /// - Parameters:
  ///   - scale: of elements of 8 bit: value = scale · (element − zero).
  ///   - zero: of elements of 8 bit.
  func floats(scale: Float, zero: Int) -> [Float]? {
    switch element {
    case .float32: Array(typed(Float.self))
    case .float64: typed(Double.self).map { Float($0) }
    case .float16:
      try? NamedArray(
        elementType: .float16, shape: [count], bytes: Data(bytes: start, count: count * 2)
      ).floats()
    case .int32: typed(Int32.self).map { Float($0) }
    case .int64: typed(Int64.self).map { Float($0) }
    case .uint8: typed(UInt8.self).map { scale * Float(Int($0) - zero) }
    case .int8: typed(Int8.self).map { scale * Float(Int($0) - zero) }
    case .other: nil
    }
  }
}

extension Data {
  /// Copies bytes; none where there is no memory.
  fileprivate init(bytes: UnsafeMutableRawPointer?, count: Int) {
    self = bytes.map { Data(bytes: UnsafeRawPointer($0), count: count) } ?? Data()
  }
}

extension Float {
  /// The nearest half precision number by its bits, ties to even: the type `Float16` is missing on
  /// x86 Macs.
  var halfBits: UInt16 {
    let sign = UInt16(truncatingIfNeeded: bitPattern >> 16) & 0x8000
    let magnitude = self.magnitude
    guard !isNaN else { return sign | 0x7E00 }
    // From here on the nearest number would be 65536.
    guard magnitude < 65520 else { return sign | 0x7C00 }
    // A step of the result: 2⁻²⁴ below the normal numbers, ten bits below the leading one above.
    let exponent = Swift.max(Int(magnitude.exponent), -14)
    let step = Float(sign: .plus, exponent: exponent - 10, significand: 1)
    let steps = Int((magnitude / step).rounded(.toNearestOrEven))
    // In steps of its own exponent; one that is rounded up to the next power carries over.
    return sign | UInt16((exponent + 14) * 1024 + steps)
  }
}
