/// SSD's confidence loss: the cross entropy of a softmax, on positives and mined negatives.
///
/// The formula, over the `K` logits, is ``SoftmaxCrossEntropy``. `Float` batches of 16 default
/// boxes or more go through `NegativeCandidates` and `VectorSoftmax`; `FastLossTests` holds them
/// against it. With a smoothing of labels the formula itself is computed, which takes longer.
///
/// - SeeAlso: SSD, equation 3; Szegedy et al. 2016, §7, for the smoothing (arXiv:1512.00567), which
///   is PyTorch's `label_smoothing`.
public struct SoftmaxLoss: ConfidenceTerm {
  /// The mining of negatives, as ``mining`` gives it.
  public var hardNegatives: HardNegativeMining
  /// ε, the share of the target that goes to all `K` classes alike, 0…1; 0 for none.
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

  public var scoreFunction: ScoreFunction { .softmax }
  public var mining: HardNegativeMining? { hardNegatives }

  public func value<Scalar: RealScalar>(
    _ logits: Span<Scalar>, _ target: ConfidenceTarget
  ) -> Scalar {
    logits.withUnsafeBufferPointer {
      labelSmoothing == 0
        ? SoftmaxCrossEntropy.value($0, label: target.label)
        : SoftmaxCrossEntropy.value(
          $0, label: target.label, smoothing: Scalar(labelSmoothing))
    }
  }

  public func addGradient<Scalar: RealScalar>(
    _ logits: Span<Scalar>, _ target: ConfidenceTarget, scale: Scalar,
    to gradient: inout MutableSpan<Scalar>
  ) {
    logits.withUnsafeBufferPointer { logits in
      gradient.withUnsafeMutableBufferPointer {
        if labelSmoothing == 0 {
          SoftmaxCrossEntropy.addGradient(logits, label: target.label, scale: scale, to: $0)
        } else {
          SoftmaxCrossEntropy.addGradient(
            logits, label: target.label, smoothing: Scalar(labelSmoothing), scale: scale, to: $0)
        }
      }
    }
  }
}

extension ConfidenceTerm where Self == SoftmaxLoss {
  /// SSD's: ``SoftmaxLoss``.
  ///
  /// - Parameters:
  ///   - mining: the choice of negatives; SSD's by default.
  ///   - labelSmoothing: 0…1; none by default.
  public static func softmax(
    mining: HardNegativeMining = HardNegativeMining(), labelSmoothing: Double = 0
  ) -> SoftmaxLoss { SoftmaxLoss(mining: mining, labelSmoothing: labelSmoothing) }
}

extension SoftmaxLoss: LossPart {
  public static let partName = "softmax"

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
