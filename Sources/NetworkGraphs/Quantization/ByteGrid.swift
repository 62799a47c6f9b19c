/// The 256 numbers that a value of 8 bits can be: scale · byte.
///
/// Zero is one of them, because maps are padded with it. No byte but 0 means it: engines multiply
/// such bytes as they are.
public struct ByteGrid: Hashable, Sendable {
  /// The distance of neighbours, above 0.
  public let scale: Float
  /// Bytes are −128…127; 0…255 otherwise.
  public let isSigned: Bool

  /// Creates a grid.
  ///
  /// - Parameters:
  ///   - scale: the distance of neighbours.
  ///   - isSigned: bytes are −128…127; 0…255 otherwise.
  /// - Precondition: the scale is finite and above 0.
  public init(scale: Float, isSigned: Bool) {
    precondition(scale.isFinite && scale > 0, "scale \(scale)")
    self.scale = scale
    self.isSigned = isSigned
  }

  /// Creates the grid of numbers up to a magnitude: 0…limit in 255 steps, or −limit…limit in 254.
  ///
  /// - Parameters:
  ///   - limit: the largest magnitude that is not clipped; below the smallest normal number taken
  ///     as 1, as of a value that is always 0.
  ///   - hasNegatives: numbers below 0 occur.
  public init(limit: Float, hasNegatives: Bool) {
    let limit = limit >= .leastNormalMagnitude * 256 ? limit : 1
    self.init(scale: limit / (hasNegatives ? 127 : 255), isSigned: hasNegatives)
  }

  /// The lowest and the highest byte.
  public var bytes: ClosedRange<Int> { isSigned ? -128...127 : 0...255 }

  /// Returns the nearest number of the grid, ties to the even byte.
  ///
  /// - Parameter number: any; beyond the grid's ends it becomes the end.
  public func rounded(_ number: Float) -> Float {
    // Clipped before it is made a whole number: infinity is none.
    let steps = (number / scale).rounded(.toNearestOrEven)
    let byte = min(max(steps, Float(bytes.lowerBound)), Float(bytes.upperBound))
    return scale * byte
  }
}
