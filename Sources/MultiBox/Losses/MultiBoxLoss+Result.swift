extension MultiBoxLoss {
  /// Positives and mined negatives of one image.
  public struct ImageCounts: Hashable, Sendable, Codable {
    public var positives: Int
    public var negatives: Int
  }

  /// Value, parts and counts of a batch.
  public struct Result: Hashable, Sendable {
    /// L.
    public let loss: Double
    /// L_loc, normalized (divided by max(N, 1), or per image), without α.
    public let localization: Double
    /// L_conf, normalized as L_loc.
    public let confidence: Double
    /// L_loc, the sum before the division.
    public let localizationSum: Double
    /// L_conf, the sum before the division.
    public let confidenceSum: Double
    /// For each image its counts.
    public let images: [ImageCounts]

    /// N, the matched default boxes of the batch.
    public var positives: Int { images.reduce(0) { $0 + $1.positives } }
    /// Mined negatives of the batch.
    public var negatives: Int { images.reduce(0) { $0 + $1.negatives } }

    /// Adds up the images in their order.
    init(_ summaries: [ImageLossSummary], configuration: Configuration) {
      let images = summaries.map(\.counts)
      let positives = images.reduce(0) { $0 + $1.positives }
      localizationSum = summaries.reduce(0) { $0 + $1.localization }
      confidenceSum = summaries.reduce(0) { $0 + $1.confidence }
      switch configuration.normalization {
      case .batch:
        let normalizer = Double(max(positives, 1))
        localization = localizationSum / normalizer
        confidence = confidenceSum / normalizer
        loss = (confidenceSum + configuration.alpha * localizationSum) / normalizer
      case .perImage:
        let scales = images.map {
          configuration.normalization.scale(
            positives: $0.positives, batchPositives: positives, imageCount: images.count)
        }
        localization = zip(summaries, scales).reduce(0) { $0 + $1.0.localization * $1.1 }
        confidence = zip(summaries, scales).reduce(0) { $0 + $1.0.confidence * $1.1 }
        loss = confidence + configuration.alpha * localization
      }
      self.images = images
    }
  }
}
