/// The original code's LOGISTIC: cross entropies of `K` independent sigmoids, on positives and
/// mined negatives.
///
/// The background's sigmoid is among them. The right class, or the background, should be 1 and all
/// others 0; derivative p_k − [k is right]. With a smoothing ε of labels they should be 1 − ε/2 and
/// ε/2: each sigmoid chooses of two.
///
/// - SeeAlso: `MultiBoxLossLayer` of the original code with `conf_loss_type: LOGISTIC`.
public struct SigmoidLoss: ConfidenceTerm {
  /// The mining of negatives, as ``mining`` gives it.
  public var hardNegatives: HardNegativeMining
  /// ε, the share of each sigmoid's target that goes to yes and no alike, 0…1; 0 for none.
  public var labelSmoothing: Double

  /// Creates the term.
  ///
  /// - Parameters:
  ///   - mining: the choice of negatives; SSD's by default.
  ///   - labelSmoothing: 0…1; none by default, as SSD.
  public init(mining: HardNegativeMining = HardNegativeMining(), labelSmoothing: Double = 0) {
    precondition((0...1).contains(labelSmoothing), "a label smoothing of \(labelSmoothing)")
    hardNegatives = mining
    self.labelSmoothing = labelSmoothing
  }

  public var mining: HardNegativeMining? { hardNegatives }

  public func value<Scalar: RealScalar>(
    _ logits: Span<Scalar>, _ target: ConfidenceTarget
  ) -> Scalar {
    let half = Scalar(labelSmoothing / 2)
    var sum: Scalar = 0
    for index in logits.indices {
      sum += SigmoidEntropy.value(
        logits[index], quality: index == target.label ? 1 - half : half)
    }
    return sum
  }

  public func addGradient<Scalar: RealScalar>(
    _ logits: Span<Scalar>, _ target: ConfidenceTarget, scale: Scalar,
    to gradient: inout MutableSpan<Scalar>
  ) {
    let half = Scalar(labelSmoothing / 2)
    for index in logits.indices {
      // p − 1 as −(1 − p), which keeps its digits where p is nearly 1.
      gradient[index] +=
        index == target.label
        ? scale * (half - SigmoidEntropy.probability(-logits[index]))
        : scale * (SigmoidEntropy.probability(logits[index]) - half)
    }
  }
}

extension ConfidenceTerm where Self == SigmoidLoss {
  /// The original code's LOGISTIC: ``SigmoidLoss``.
  ///
  /// - Parameters:
  ///   - mining: the choice of negatives; SSD's by default.
  ///   - labelSmoothing: 0…1; none by default.
  public static func sigmoid(
    mining: HardNegativeMining = HardNegativeMining(), labelSmoothing: Double = 0
  ) -> SigmoidLoss { SigmoidLoss(mining: mining, labelSmoothing: labelSmoothing) }
}

extension SigmoidLoss: LossPart {
  public static let partName = "sigmoid"

  public static var parameterNames: [String] { MinedTermParameters.names }

  public init() { self.init(mining: HardNegativeMining()) }

  public init(from decoder: any Decoder) throws {
    let parameters = try MinedTermParameters(from: decoder)
    self.init(mining: parameters.mining, labelSmoothing: parameters.labelSmoothing)
  }

  public func encode(to encoder: any Encoder) throws {
    try MinedTermParameters(mining: hardNegatives, labelSmoothing: labelSmoothing)
      .encode(to: encoder)
  }
}
