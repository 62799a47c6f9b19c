/// The focal loss: independent sigmoids, learned from all default boxes, of which easy ones weigh
/// little.
///
/// Each class but the background is a sigmoid p = 1 / (1 + exp(−x)):
///
/// - The right class adds −α (1 − p)^γ log p, with derivative
///   −α (1 − p)^γ (γ p (−log p) + 1 − p).
/// - Any other adds −(1 − α) p^γ log(1 − p), with derivative
///   (1 − α) p^γ (γ (1 − p) (−log(1 − p)) + p).
///
/// Nothing is mined, and the background logit does not enter. `Float` batches go through
/// `ModulatedEntropyKernel`; `FocalKernelTests` holds it against this file.
///
/// - SeeAlso: Lin et al., equation 5 (arXiv:1708.02002); torchvision's `sigmoid_focal_loss`.
public struct FocalLoss: ModulatedTerm {
  /// α, the weight of the right class, 0…1; 0.25 in the paper.
  public let alpha: Double
  /// γ, the strength with which easy default boxes are played down, at least 0; 2 in the paper.
  ///
  /// With 0 it is a weighted cross entropy.
  public let gamma: Double

  /// Creates the term; the paper's by default.
  ///
  /// - Precondition: α is in 0…1, γ at least 0.
  public init(alpha: Double = 0.25, gamma: Double = 2) {
    precondition(alpha >= 0 && alpha <= 1 && gamma >= 0, "alpha \(alpha), gamma \(gamma)")
    self.alpha = alpha
    self.gamma = gamma
  }

  /// The score that an untrained network should start with: .01.
  ///
  /// - SeeAlso: Lin et al. §3.3, "Class imbalance and model initialization" (arXiv:1708.02002).
  public var initialScore: Double? { 0.01 }
  var background: BackgroundModulation { BackgroundModulation(weight: 1 - alpha, gamma: gamma) }

  public func value<Scalar: RealScalar>(
    _ logits: Span<Scalar>, _ target: ConfidenceTarget
  ) -> Scalar {
    var sum: Scalar = 0
    for index in 1..<logits.count {
      sum += value(ofLogit: logits[index], isRightClass: index == target.label)
    }
    return sum
  }

  public func addGradient<Scalar: RealScalar>(
    _ logits: Span<Scalar>, _ target: ConfidenceTarget, scale: Scalar,
    to gradient: inout MutableSpan<Scalar>
  ) {
    for index in 1..<logits.count {
      gradient[index] +=
        scale * derivative(ofLogit: logits[index], isRightClass: index == target.label)
    }
  }

  // With the sign turned both cases are the same: what should be 0.

  func value<Scalar: RealScalar>(ofLogit logit: Scalar, isRightClass: Bool) -> Scalar {
    isRightClass
      ? Scalar(alpha) * SigmoidEntropy.modulated(-logit, gamma: Scalar(gamma))
      : Scalar(1 - alpha) * SigmoidEntropy.modulated(logit, gamma: Scalar(gamma))
  }

  func derivative<Scalar: RealScalar>(ofLogit logit: Scalar, isRightClass: Bool) -> Scalar {
    isRightClass
      ? -Scalar(alpha) * SigmoidEntropy.modulatedDerivative(-logit, gamma: Scalar(gamma))
      : Scalar(1 - alpha) * SigmoidEntropy.modulatedDerivative(logit, gamma: Scalar(gamma))
  }
}

extension ConfidenceTerm where Self == FocalLoss {
  /// The focal loss: ``FocalLoss``.
  public static func focal(alpha: Double = 0.25, gamma: Double = 2) -> FocalLoss {
    FocalLoss(alpha: alpha, gamma: gamma)
  }
}

extension FocalLoss: LossPart {
  public static let partName = "focal"

  private enum CodingKeys: String, CodingKey, CaseIterable { case alpha, gamma }

  public static var parameterNames: [String] { CodingKeys.allCases.map(\.rawValue) }

  public init() { self.init(alpha: 0.25) }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let standard = Self()
    self.init(
      alpha: try container.decodeShare(.alpha, default: standard.alpha),
      gamma: try container.decodeNotNegative(.gamma, default: standard.gamma))
  }
}
