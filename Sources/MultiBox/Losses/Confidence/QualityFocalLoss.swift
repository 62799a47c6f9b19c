/// The quality focal loss: the right class learns the quality of its match, not that it is right.
///
/// Each class but the background is a sigmoid p = 1 / (1 + exp(−x)) with a target y, the quality
/// for the right class and 0 for all others. It adds |y − p|^β · H with
/// H = −y log p − (1 − y) log(1 − p), and has the derivative
/// |y − p|^β (p − y) + β |y − p|^(β − 1) sign(p − y) p (1 − p) H. Learned from all default boxes.
///
/// The quality is a constant in the gradient. `Float` batches go through `ModulatedEntropyKernel`;
/// `FocalKernelTests` holds it against this file.
///
/// - SeeAlso: Li et al. 2020 (arXiv:2006.04388).
public struct QualityFocalLoss: ModulatedTerm {
  /// β, the strength with which nearly right logits are played down, at least 0; 2 in the paper.
  public let beta: Double

  /// Creates the term; the paper's by default.
  ///
  /// - Precondition: β is at least 0.
  public init(beta: Double = 2) {
    precondition(beta >= 0, "a beta of \(beta)")
    self.beta = beta
  }

  /// The score that an untrained network should start with: .01.
  ///
  /// - SeeAlso: Lin et al. §3.3, "Class imbalance and model initialization" (arXiv:1708.02002).
  public var initialScore: Double? { 0.01 }
  public var usesQuality: Bool { true }
  var background: BackgroundModulation { BackgroundModulation(weight: 1, gamma: beta) }

  public func value<Scalar: RealScalar>(
    _ logits: Span<Scalar>, _ target: ConfidenceTarget
  ) -> Scalar {
    var sum: Scalar = 0
    for index in 1..<logits.count {
      sum +=
        index == target.label
        ? value(ofLogit: logits[index], quality: Scalar(target.quality))
        : SigmoidEntropy.modulated(logits[index], gamma: Scalar(beta))
    }
    return sum
  }

  public func addGradient<Scalar: RealScalar>(
    _ logits: Span<Scalar>, _ target: ConfidenceTarget, scale: Scalar,
    to gradient: inout MutableSpan<Scalar>
  ) {
    for index in 1..<logits.count {
      gradient[index] +=
        scale
        * (index == target.label
          ? derivative(ofLogit: logits[index], quality: Scalar(target.quality))
          : SigmoidEntropy.modulatedDerivative(logits[index], gamma: Scalar(beta)))
    }
  }

  private func value<Scalar: RealScalar>(ofLogit x: Scalar, quality: Scalar) -> Scalar {
    let distance = abs(quality - SigmoidEntropy.probability(x))
    return power(distance, Scalar(beta)) * SigmoidEntropy.value(x, quality: quality)
  }

  private func derivative<Scalar: RealScalar>(ofLogit x: Scalar, quality: Scalar) -> Scalar {
    let probability = SigmoidEntropy.probability(x)
    let difference = probability - quality
    // A minimum: neither summand pulls.
    if difference == 0 { return 0 }
    let slope = probability * SigmoidEntropy.probability(-x)
    let modulation = power(abs(difference), Scalar(beta))
    let ofModulation =
      slope == 0
      ? 0 : Scalar(beta) / difference * slope * SigmoidEntropy.value(x, quality: quality)
    return modulation * (difference + ofModulation)
  }

  /// Returns x to the power of y, for x of 0 or more.
  private func power<Scalar: RealScalar>(_ x: Scalar, _ y: Scalar) -> Scalar {
    y == 0 ? 1 : Scalar.exponential(y * Scalar.naturalLogarithm(x))
  }
}

extension ConfidenceTerm where Self == QualityFocalLoss {
  /// The quality focal loss: ``QualityFocalLoss``.
  public static func qualityFocal(beta: Double = 2) -> QualityFocalLoss {
    QualityFocalLoss(beta: beta)
  }
}

extension QualityFocalLoss: LossPart {
  public static let partName = "quality-focal"

  private enum CodingKeys: String, CodingKey, CaseIterable { case beta }

  public static var parameterNames: [String] { CodingKeys.allCases.map(\.rawValue) }

  public init() { self.init(beta: 2) }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let standard = Self()
    self.init(
      beta: try container.decodeNotNegative(.beta, default: standard.beta))
  }
}
