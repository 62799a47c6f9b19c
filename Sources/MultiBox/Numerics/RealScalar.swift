#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A floating-point type that the losses compute in: `Float` in production, `Double` in gradient
/// checks.
///
/// The two functions carry long names so that they never collide with those of a numerics package.
public protocol RealScalar: BinaryFloatingPoint, Sendable {
  /// Returns e raised to the power `x`, as the C library computes it.
  static func exponential(_ x: Self) -> Self
  /// Returns the natural logarithm of `x`, as the C library computes it.
  static func naturalLogarithm(_ x: Self) -> Self
}

extension Float: RealScalar {
  @inlinable public static func exponential(_ x: Float) -> Float { expf(x) }
  @inlinable public static func naturalLogarithm(_ x: Float) -> Float { logf(x) }
}

extension Double: RealScalar {
  @inlinable public static func exponential(_ x: Double) -> Double { exp(x) }
  @inlinable public static func naturalLogarithm(_ x: Double) -> Double { log(x) }
}
