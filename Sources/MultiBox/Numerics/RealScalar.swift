#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A floating-point type that the losses compute in.
///
/// `Float` computes in production, `Double` in gradient checks. The functions carry long names so
/// that they never collide with those of a numerics package.
public protocol RealScalar: BinaryFloatingPoint, Sendable {
  /// Returns e raised to the power `x`, as the C library computes it.
  static func exponential(_ x: Self) -> Self
  /// Returns the natural logarithm of `x`, as the C library computes it.
  static func naturalLogarithm(_ x: Self) -> Self
  /// Returns the natural logarithm of 1 + `x`, exact also where `x` is tiny.
  static func logarithmOfOnePlus(_ x: Self) -> Self

  // The parts of a loss are asked in the precision at hand: `Self` chooses the requirement.

  /// Returns the value of the confidence term `term` for `logits` and `target` in this precision.
  static func value(
    of term: any ConfidenceTerm, _ logits: Span<Self>, _ target: ConfidenceTarget
  ) -> Self
  /// Adds `scale` times the gradient of the confidence term `term` for `logits` and `target` to
  /// `gradient`, in this precision.
  static func addGradient(
    of term: any ConfidenceTerm, _ logits: Span<Self>, _ target: ConfidenceTarget, scale: Self,
    to gradient: inout MutableSpan<Self>)
  /// Returns the value of the offset loss `loss` for `residual` in this precision.
  static func value(of loss: any OffsetLoss, _ residual: Self) -> Self
  /// Returns the derivative of the offset loss `loss` by `residual` in this precision.
  static func derivative(of loss: any OffsetLoss, _ residual: Self) -> Self
}

extension RealScalar {
  /// Returns log(1 + exp(`x`)) = −log(1 − sigmoid(`x`)), without overflow.
  @inlinable
  public static func softplus(_ x: Self) -> Self {
    max(x, 0) + logarithmOfOnePlus(exponential(-abs(x)))
  }
}

extension Float: RealScalar {
  @inlinable public static func exponential(_ x: Float) -> Float { expf(x) }
  @inlinable public static func naturalLogarithm(_ x: Float) -> Float { logf(x) }
  @inlinable public static func logarithmOfOnePlus(_ x: Float) -> Float { log1pf(x) }

  public static func value(
    of term: any ConfidenceTerm, _ logits: Span<Float>, _ target: ConfidenceTarget
  ) -> Float { term.value(logits, target) }

  public static func addGradient(
    of term: any ConfidenceTerm, _ logits: Span<Float>, _ target: ConfidenceTarget, scale: Float,
    to gradient: inout MutableSpan<Float>
  ) { term.addGradient(logits, target, scale: scale, to: &gradient) }

  public static func value(of loss: any OffsetLoss, _ residual: Float) -> Float {
    loss.value(residual)
  }

  public static func derivative(of loss: any OffsetLoss, _ residual: Float) -> Float {
    loss.derivative(residual)
  }
}

extension Double: RealScalar {
  @inlinable public static func exponential(_ x: Double) -> Double { exp(x) }
  @inlinable public static func naturalLogarithm(_ x: Double) -> Double { log(x) }
  @inlinable public static func logarithmOfOnePlus(_ x: Double) -> Double { log1p(x) }

  public static func value(
    of term: any ConfidenceTerm, _ logits: Span<Double>, _ target: ConfidenceTarget
  ) -> Double { term.value(logits, target) }

  public static func addGradient(
    of term: any ConfidenceTerm, _ logits: Span<Double>, _ target: ConfidenceTarget, scale: Double,
    to gradient: inout MutableSpan<Double>
  ) { term.addGradient(logits, target, scale: scale, to: &gradient) }

  public static func value(of loss: any OffsetLoss, _ residual: Double) -> Double {
    loss.value(residual)
  }

  public static func derivative(of loss: any OffsetLoss, _ residual: Double) -> Double {
    loss.derivative(residual)
  }
}

extension Double {
  /// Returns `x` to the power of `y`, as the C library computes it.
  static func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }
}
