/// SSD's confidence loss: the cross entropy of a softmax, on positives and mined negatives.
///
/// The formula, over the `K` logits, is ``SoftmaxCrossEntropy``. `Float` batches of 16 default
/// boxes or more go through `NegativeCandidates` and `VectorSoftmax`; `FastLossTests` holds them
/// against it.
///
/// - SeeAlso: SSD, equation 3.
public struct SoftmaxLoss: ConfidenceTerm {
  /// The mining of negatives, as ``mining`` gives it.
  public var hardNegatives: HardNegativeMining

  /// Creates the term.
  ///
  /// - Parameter mining: the choice of negatives; SSD's by default.
  public init(mining: HardNegativeMining = HardNegativeMining()) { hardNegatives = mining }

  public var scoreFunction: ScoreFunction { .softmax }
  public var mining: HardNegativeMining? { hardNegatives }

  public func value<Scalar: RealScalar>(
    _ logits: Span<Scalar>, _ target: ConfidenceTarget
  ) -> Scalar {
    logits.withUnsafeBufferPointer { SoftmaxCrossEntropy.value($0, label: target.label) }
  }

  public func addGradient<Scalar: RealScalar>(
    _ logits: Span<Scalar>, _ target: ConfidenceTarget, scale: Scalar,
    to gradient: inout MutableSpan<Scalar>
  ) {
    logits.withUnsafeBufferPointer { logits in
      gradient.withUnsafeMutableBufferPointer {
        SoftmaxCrossEntropy.addGradient(logits, label: target.label, scale: scale, to: $0)
      }
    }
  }
}

extension ConfidenceTerm where Self == SoftmaxLoss {
  /// SSD's: ``SoftmaxLoss``.
  public static func softmax(
    mining: HardNegativeMining = HardNegativeMining()
  ) -> SoftmaxLoss { SoftmaxLoss(mining: mining) }
}

extension SoftmaxLoss: LossPart {
  public static let partName = "softmax"

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
