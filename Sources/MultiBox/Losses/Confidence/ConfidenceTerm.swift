/// What the confidence loss of one default box is to learn.
public struct ConfidenceTarget: Hashable, Sendable {
  /// The right class, or 0 for the background.
  public var label: Int
  /// How good the match is, 0…1: the score that the right class should have, for terms that learn
  /// quality. 1 for others, and for the background.
  public var quality: Double

  @inlinable
  public init(label: Int, quality: Double = 1) {
    self.label = label
    self.quality = quality
  }

  public static let background = ConfidenceTarget(label: 0)
}

/// How classes are learned: the part of L_conf that one default box adds, and which default boxes
/// add one.
///
/// A program can bring its own: a type with a value and a gradient, given to ``MultiBoxLoss``. Both
/// are asked for in `Float`, which trains, and in `Double`, which gradient checks use; one method
/// that is generic over ``RealScalar`` answers both:
///
/// ```swift
/// struct Brier: ConfidenceTerm {
///   func value<Scalar: RealScalar>(
///     _ logits: Span<Scalar>, _ target: ConfidenceTarget
///   ) -> Scalar { … }
///   func addGradient<Scalar: RealScalar>(
///     _ logits: Span<Scalar>, _ target: ConfidenceTarget, scale: Scalar,
///     to gradient: inout MutableSpan<Scalar>
///   ) { … }
/// }
/// ```
///
/// - SeeAlso: ``SoftmaxLoss``, ``SigmoidLoss``, ``FocalLoss``, ``QualityFocalLoss``,
///   ``VarifocalLoss``.
public protocol ConfidenceTerm: Hashable, Sendable {
  /// Returns what one default box adds to L_conf.
  ///
  /// - Parameter logits: `K` values, background first.
  func value(_ logits: Span<Float>, _ target: ConfidenceTarget) -> Float
  func value(_ logits: Span<Double>, _ target: ConfidenceTarget) -> Double

  /// Adds `scale` times the derivatives by the logits to `gradient`.
  ///
  /// - Parameters:
  ///   - logits: `K` values, background first.
  ///   - gradient: `K` elements.
  func addGradient(
    _ logits: Span<Float>, _ target: ConfidenceTarget, scale: Float,
    to gradient: inout MutableSpan<Float>)
  func addGradient(
    _ logits: Span<Double>, _ target: ConfidenceTarget, scale: Double,
    to gradient: inout MutableSpan<Double>)

  /// What turns the logits into scores when detections are decoded; ``ScoreFunction/sigmoid`` where
  /// it is not given.
  var scoreFunction: ScoreFunction { get }

  /// Which background is learned from, ranked by the value of this term; nil, where it is not
  /// given: all of it.
  var mining: HardNegativeMining? { get }

  /// Whether the value depends on ``ConfidenceTarget/quality``; false where it is not given.
  var usesQuality: Bool { get }

  /// The score of every class that an untrained network should start with; nil, where it is not
  /// given, leaves the biases 0.
  ///
  /// Terms that learn from all background start low: its many default boxes would shake the first
  /// steps.
  var initialScore: Double? { get }
}

extension ConfidenceTerm {
  public var scoreFunction: ScoreFunction { .sigmoid }
  public var mining: HardNegativeMining? { nil }
  public var usesQuality: Bool { false }
  public var initialScore: Double? { nil }
}
