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
    /// L_loc / max(N, 1), without α.
    public let localization: Double
    /// L_conf / max(N, 1).
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
    init(_ summaries: [ImageLossSummary], alpha: Double) {
      let images = summaries.map(\.counts)
      let normalizer = Double(max(images.reduce(0) { $0 + $1.positives }, 1))
      localizationSum = summaries.reduce(0) { $0 + $1.localization }
      confidenceSum = summaries.reduce(0) { $0 + $1.confidence }
      localization = localizationSum / normalizer
      confidence = confidenceSum / normalizer
      loss = (confidenceSum + alpha * localizationSum) / normalizer
      self.images = images
    }
  }
}
