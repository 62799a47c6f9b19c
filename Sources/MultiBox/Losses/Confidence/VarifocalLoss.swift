/// The varifocal loss: the right class learns the quality of its match, and good matches weigh
/// more.
///
/// Each class but the background is a sigmoid p = 1 / (1 + exp(−x)). With q the quality:
///
/// - The right class adds q (−q log p − (1 − q) log(1 − p)), with derivative q (p − q).
/// - Any other, and the right one where q = 0, adds −α p^γ log(1 − p), with derivative
///   α p^γ (γ (1 − p) (−log(1 − p)) + p).
///
/// Learned from all default boxes; the quality is a constant in the gradient. `Float` batches go
/// through `ModulatedEntropyKernel`; `FocalKernelTests` holds it against this file.
///
/// - SeeAlso: Zhang et al. 2021, equation 2 (arXiv:2008.13367).
public struct VarifocalLoss: ModulatedTerm {
  /// α, the weight of logits that should be 0, at least 0; 0.75 in the paper.
  public let alpha: Double
  /// γ, the strength with which those that are nearly 0 are played down, at least 0; 2 in the
  /// paper.
  public let gamma: Double

  /// Creates the term; the paper's by default.
  ///
  /// - Precondition: α and γ are at least 0.
  public init(alpha: Double = 0.75, gamma: Double = 2) {
    precondition(alpha >= 0 && gamma >= 0, "alpha \(alpha), gamma \(gamma)")
    self.alpha = alpha
    self.gamma = gamma
  }

  /// The score that an untrained network should start with: .01.
  ///
  /// - SeeAlso: Lin et al. §3.3, "Class imbalance and model initialization" (arXiv:1708.02002).
  public var initialScore: Double? { 0.01 }
  public var usesQuality: Bool { true }
  var background: BackgroundModulation { BackgroundModulation(weight: alpha, gamma: gamma) }

  public func value<Scalar: RealScalar>(
    _ logits: Span<Scalar>, _ target: ConfidenceTarget
  ) -> Scalar {
    let quality = Scalar(target.quality)
    var sum: Scalar = 0
    for index in 1..<logits.count {
      sum +=
        index == target.label && quality > 0
        ? quality * SigmoidEntropy.value(logits[index], quality: quality)
        : Scalar(alpha) * SigmoidEntropy.modulated(logits[index], gamma: Scalar(gamma))
    }
    return sum
  }

  public func addGradient<Scalar: RealScalar>(
    _ logits: Span<Scalar>, _ target: ConfidenceTarget, scale: Scalar,
    to gradient: inout MutableSpan<Scalar>
  ) {
    let quality = Scalar(target.quality)
    for index in 1..<logits.count {
      let x = logits[index]
      gradient[index] +=
        index == target.label && quality > 0
        ? scale * quality * (SigmoidEntropy.probability(x) - quality)
        : scale * Scalar(alpha) * SigmoidEntropy.modulatedDerivative(x, gamma: Scalar(gamma))
    }
  }
}

extension ConfidenceTerm where Self == VarifocalLoss {
  /// The varifocal loss: ``VarifocalLoss``.
  public static func varifocal(alpha: Double = 0.75, gamma: Double = 2) -> VarifocalLoss {
    VarifocalLoss(alpha: alpha, gamma: gamma)
  }
}

extension VarifocalLoss: LossPart {
  public static let partName = "varifocal"

  private enum CodingKeys: String, CodingKey, CaseIterable { case alpha, gamma }

  public static var parameterNames: [String] { CodingKeys.allCases.map(\.rawValue) }

  public init() { self.init(alpha: 0.75) }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let standard = Self()
    self.init(
      alpha: try container.decodeNotNegative(.alpha, default: standard.alpha),
      gamma: try container.decodeNotNegative(.gamma, default: standard.gamma))
  }
}
