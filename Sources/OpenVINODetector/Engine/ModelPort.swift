import COpenVINO
import ModelFiles

/// An input or output of a network.
public struct ModelPort: Hashable, Sendable, CustomStringConvertible {
  /// The type of a tensor's elements.
  public enum Element: String, Hashable, Sendable {
    /// IEEE single precision.
    case float32
    /// IEEE half precision.
    case float16
    /// IEEE double precision.
    case float64
    /// 8 bits without sign.
    case uint8
    /// 8 bits with sign.
    case int8
    /// 32 bits with sign.
    case int32
    /// 64 bits with sign.
    case int64
    /// Any type that a detector is not run with.
    case other

    init(_ element: COVElement) {
      self =
        switch element {
        case COVElementFloat32: .float32
        case COVElementFloat16: .float16
        case COVElementFloat64: .float64
        case COVElementUInt8: .uint8
        case COVElementInt8: .int8
        case COVElementInt32: .int32
        case COVElementInt64: .int64
        default: .other
        }
    }

    /// Numbers of 8 bit mean what scale and zero point say.
    var isQuantized: Bool { self == .uint8 || self == .int8 }
  }

  /// The tensor's name; empty where the model gives none.
  public let name: String
  /// The type of its elements.
  public let element: Element
  /// The sizes of its dimensions: nil where one is free; empty where not even their number is
  /// known.
  public let shape: [Int?]

  init(name: String, _ shape: COVShape) {
    self.name = name
    element = Element(shape.element)
    self.shape = shape.sizes64.map { $0 < 0 ? nil : $0 }
  }

  /// `images: float32 [1, 3, 320, 320]`.
  public var description: String {
    let sizes = shape.map { $0.map(String.init) ?? "free" }.joined(separator: ", ")
    return "\(name): \(element.rawValue) [\(sizes)]"
  }
}

extension COVShape {
  /// The sizes as an array.
  var sizes64: [Int] {
    withUnsafeBytes(of: sizes) { bytes in
      bytes.bindMemory(to: Int64.self).prefix(Int(max(rank, 0))).map { Int($0) }
    }
  }
}
