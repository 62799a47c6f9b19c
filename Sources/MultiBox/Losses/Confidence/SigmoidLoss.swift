/// The original code's LOGISTIC: cross entropies of `K` independent sigmoids, on positives and
/// mined negatives.
///
/// The background's sigmoid is among them. The right class, or the background, should be 1 and all
/// others 0; derivative p_k − [k is right].
///
/// - SeeAlso: `MultiBoxLossLayer` of the original code with `conf_loss_type: LOGISTIC`.
public struct SigmoidLoss: ConfidenceTerm {
  /// The mining of negatives, as ``mining`` gives it.
  public var hardNegatives: HardNegativeMining

  /// Creates the term.
  ///
  /// - Parameter mining: the choice of negatives; SSD's by default.
  public init(mining: HardNegativeMining = HardNegativeMining()) { hardNegatives = mining }

  public var mining: HardNegativeMining? { hardNegatives }

  public func value<Scalar: RealScalar>(
    _ logits: Span<Scalar>, _ target: ConfidenceTarget
  ) -> Scalar {
    var sum: Scalar = 0
    for index in logits.indices {
      sum += SigmoidEntropy.value(logits[index], quality: index == target.label ? 1 : 0)
    }
    return sum
  }

  public func addGradient<Scalar: RealScalar>(
    _ logits: Span<Scalar>, _ target: ConfidenceTarget, scale: Scalar,
    to gradient: inout MutableSpan<Scalar>
  ) {
    for index in logits.indices {
      // p − 1 as −(1 − p), which keeps its digits where p is nearly 1.
      gradient[index] +=
        index == target.label
        ? -scale * SigmoidEntropy.probability(-logits[index])
        : scale * SigmoidEntropy.probability(logits[index])
    }
  }
}

extension ConfidenceTerm where Self == SigmoidLoss {
  /// The original code's LOGISTIC: ``SigmoidLoss``.
  public static func sigmoid(
    mining: HardNegativeMining = HardNegativeMining()
  ) -> SigmoidLoss { SigmoidLoss(mining: mining) }
}

extension SigmoidLoss: LossPart {
  public static let partName = "sigmoid"

  private enum CodingKeys: String, CodingKey, CaseIterable { case hardNegatives = "mining" }

  public static var parameterNames: [String] { CodingKeys.allCases.map(\.rawValue) }

  public init() { self.init(mining: HardNegativeMining()) }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      mining: try container.decodeIfPresent(HardNegativeMining.self, forKey: .hardNegatives)
        ?? HardNegativeMining())
  }
}
