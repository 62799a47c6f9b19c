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
/// The functions carry long names so that they never collide with those of a numerics package.
public protocol RealScalar: BinaryFloatingPoint, Sendable {
  /// Returns e raised to the power `x`, as the C library computes it.
  static func exponential(_ x: Self) -> Self
  /// Returns the natural logarithm of `x`, as the C library computes it.
  static func naturalLogarithm(_ x: Self) -> Self
  /// Returns the natural logarithm of 1 + `x`, exact also where `x` is tiny.
  static func logarithmOfOnePlus(_ x: Self) -> Self
}

extension RealScalar {
  /// Returns log(1 + exp(x)) = −log(1 − sigmoid(x)), without overflow.
  @inlinable
  public static func softplus(_ x: Self) -> Self {
    max(x, 0) + logarithmOfOnePlus(exponential(-abs(x)))
  }
}

extension Float: RealScalar {
  @inlinable public static func exponential(_ x: Float) -> Float { expf(x) }
  @inlinable public static func naturalLogarithm(_ x: Float) -> Float { logf(x) }
  @inlinable public static func logarithmOfOnePlus(_ x: Float) -> Float { log1pf(x) }
}

extension Double: RealScalar {
  @inlinable public static func exponential(_ x: Double) -> Double { exp(x) }
  @inlinable public static func naturalLogarithm(_ x: Double) -> Double { log(x) }
  @inlinable public static func logarithmOfOnePlus(_ x: Double) -> Double { log1p(x) }
}
