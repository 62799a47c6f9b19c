extension MultiBoxLoss {
  /// The positives and the mined negatives of one image.
  public struct ImageCounts: Hashable, Sendable, Codable {
    /// The number of matched default boxes.
    public var positives: Int
    /// The number of mined negatives.
    public var negatives: Int
  }

  /// Value, parts and counts of a batch.
  public struct Result: Hashable, Sendable, Codable {
    /// L, the loss.
    public let loss: Double
    /// L_loc, normalized, without α.
    ///
    /// Divided by max(N, 1), by the caller's normalizer, or per image.
    public let localization: Double
    /// L_conf, normalized as L_loc.
    public let confidence: Double
    /// L_loc, the sum before the division.
    public let localizationSum: Double
    /// L_conf, the sum before the division.
    public let confidenceSum: Double
    /// True if vector kernels computed L_conf; the definitions take many times as long.
    ///
    /// Kernels have `Float` batches with 16 default boxes or more of ``SoftmaxLoss`` without a
    /// smoothing of labels, ``FocalLoss``, ``QualityFocalLoss`` and ``VarifocalLoss``.
    public let usesKernels: Bool
    /// The counts of each image.
    public let images: [ImageCounts]

    /// N, the matched default boxes of the batch.
    public var positives: Int { images.reduce(0) { $0 + $1.positives } }
    /// The mined negatives of the batch.
    public var negatives: Int { images.reduce(0) { $0 + $1.negatives } }

    /// Joins the results of parts of a batch to that of the whole.
    ///
    /// For batches that are learned part by part, in less memory: where N is known at the end
    /// alone, each part is evaluated with a normalizer of 1, and gradients that were added up are
    /// divided by that of the whole (``LossNormalization/normalizer(positives:images:)``).
    ///
    /// - Parameters:
    ///   - parts: evaluated with a normalizer of 1.
    ///   - normalizer: the divisor of the sums of the whole batch, above 0.
    public init(joining parts: [Result], normalizer: Double) {
      func sum(_ value: (Result) -> Double) -> Double { parts.reduce(0) { $0 + value($1) } }
      loss = sum(\.loss) / normalizer
      localization = sum(\.localization) / normalizer
      confidence = sum(\.confidence) / normalizer
      localizationSum = sum(\.localizationSum)
      confidenceSum = sum(\.confidenceSum)
      usesKernels = parts.allSatisfy(\.usesKernels)
      images = parts.flatMap(\.images)
    }

    /// The counts alone: value and parts are NaN.
    func withoutValue() -> Result {
      Result(counts: images, usesKernels: usesKernels)
    }

    private init(counts images: [ImageCounts], usesKernels: Bool) {
      (loss, localization, confidence, localizationSum, confidenceSum) = (
        .nan, .nan, .nan, .nan, .nan
      )
      self.images = images
      self.usesKernels = usesKernels
    }

    /// Adds up the images in their order.
    init(
      _ summaries: [ImageLossSummary], loss parts: MultiBoxLoss, normalizer: Double,
      usesKernels: Bool
    ) {
      let images = summaries.map(\.counts)
      localizationSum = summaries.reduce(0) { $0 + $1.localization }
      confidenceSum = summaries.reduce(0) { $0 + $1.confidence }
      switch parts.normalization {
      case .batch:
        localization = localizationSum / normalizer
        confidence = confidenceSum / normalizer
        loss = (confidenceSum + parts.alpha * localizationSum) / normalizer
      case .perImage:
        let scales = images.map {
          parts.normalization.scale(positives: $0.positives, normalizer: normalizer)
        }
        localization = zip(summaries, scales).reduce(0) { $0 + $1.0.localization * $1.1 }
        confidence = zip(summaries, scales).reduce(0) { $0 + $1.0.confidence * $1.1 }
        loss = confidence + parts.alpha * localization
      }
      self.images = images
      self.usesKernels = usesKernels
    }
  }
}
