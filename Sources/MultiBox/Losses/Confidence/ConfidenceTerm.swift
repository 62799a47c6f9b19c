/// The target of the confidence loss of one default box.
public struct ConfidenceTarget: Hashable, Sendable {
  /// The right class, or 0 for the background.
  public var label: Int
  /// The score that the right class should have, 0…1, for terms that learn quality.
  ///
  /// It is 1 for other terms, and for the background.
  public var quality: Double

  /// Creates a target.
  @inlinable
  public init(label: Int, quality: Double = 1) {
    self.label = label
    self.quality = quality
  }

  /// The target of a default box that learns the background.
  public static let background = ConfidenceTarget(label: 0)
}

/// The part of L_conf that one default box adds, and the choice of default boxes that add one.
///
/// A program can bring its own: a type with a value and a gradient, given to ``MultiBoxLoss``. Both
/// are asked for in `Float`, which trains, and in `Double`, which gradient checks use; one method
/// that is generic over ``RealScalar`` answers both. <doc:YourOwnLoss> shows one.
///
/// - SeeAlso: ``SoftmaxLoss``, ``SigmoidLoss``, ``FocalLoss``, ``QualityFocalLoss``,
///   ``VarifocalLoss``.
public protocol ConfidenceTerm: Hashable, Sendable {
  /// Returns what one default box adds to L_conf.
  ///
  /// - Parameters:
  ///   - logits: `K` values, background first.
  ///   - target: the right class and the quality of its match.
  func value(_ logits: Span<Float>, _ target: ConfidenceTarget) -> Float
  /// Returns what one default box adds to L_conf; asked for in gradient checks.
  ///
  /// - Parameters:
  ///   - logits: `K` values, background first.
  ///   - target: the right class and the quality of its match.
  func value(_ logits: Span<Double>, _ target: ConfidenceTarget) -> Double

  /// Adds `scale` times the derivatives by the logits to `gradient`.
  ///
  /// - Parameters:
  ///   - logits: `K` values, background first.
  ///   - target: the right class and the quality of its match.
  ///   - scale: the factor of the derivatives.
  ///   - gradient: `K` elements.
  func addGradient(
    _ logits: Span<Float>, _ target: ConfidenceTarget, scale: Float,
    to gradient: inout MutableSpan<Float>)
  /// Adds `scale` times the derivatives by the logits to `gradient`; asked for in gradient checks.
  ///
  /// - Parameters:
  ///   - logits: `K` values, background first.
  ///   - target: the right class and the quality of its match.
  ///   - scale: the factor of the derivatives.
  ///   - gradient: `K` elements.
  func addGradient(
    _ logits: Span<Double>, _ target: ConfidenceTarget, scale: Double,
    to gradient: inout MutableSpan<Double>)

  /// The function that turns logits into scores when detections are decoded;
  /// ``ScoreFunction/sigmoid`` by default.
  var scoreFunction: ScoreFunction { get }

  /// The choice of background that is learned from, ranked by the value of this term; nil, the
  /// default, takes all.
  var mining: HardNegativeMining? { get }

  /// True if the value depends on ``ConfidenceTarget/quality``; false by default.
  var usesQuality: Bool { get }

  /// The score of every class that an untrained network should start with; nil, the default, leaves
  /// the biases 0.
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
