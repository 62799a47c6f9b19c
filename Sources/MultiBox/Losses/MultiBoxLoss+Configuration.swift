extension MultiBoxLoss {
  /// The parameters and strategies of the loss; what is not given is the paper's.
  public struct Configuration: Hashable, Sendable, Codable {
    /// α, the weight of L_loc.
    public var alpha: Double
    /// What L_loc sums over the positives.
    public var boxLoss: BoxLoss
    /// β of smooth L1.
    public var beta: Double
    /// What L_conf sums, and over which default boxes.
    public var confidenceLoss: ConfidenceLoss
    /// α of the focal loss: the weight of the right class.
    public var focalAlpha: Double
    /// γ of the focal loss: how strongly easy boxes are played down.
    public var focalGamma: Double
    /// Mined negatives for each positive.
    public var negativesPerPositive: Double
    /// At least so many negatives an image.
    public var minimumNegatives: Int
    /// Only default boxes whose best IoU with a ground-truth box is below it are mined. Those that
    /// are not positive are below ``iouThreshold`` anyway, so it matters only below that.
    public var negativeOverlap: Double
    /// Whether mining, when it wants more negatives than an image has, goes on with the positives
    /// and so counts their confidence loss twice; an oddity of torchvision and NVIDIA. Here the
    /// lower default-box index goes first; there the order of equal elements in an unstable sort
    /// decides, which depends on the processor, unless all positives are counted twice.
    public var countsMinedPositivesTwice: Bool
    public var matching: MatchingStrategy
    /// IoU from which a default box is positive.
    public var iouThreshold: Double
    /// Whether an IoU equal to ``iouThreshold`` is positive: IoU ≥, not >.
    public var includesThreshold: Bool
    public var normalization: LossNormalization
    /// Variances of the offsets.
    public var boxCoder: BoxCoder
    /// Threads to use; the result does not depend on it.
    public var threadCount: Int

    public init(
      alpha: Double = 1, boxLoss: BoxLoss = .smoothL1, beta: Double = 1,
      confidenceLoss: ConfidenceLoss = .softmax, focalAlpha: Double = 0.25, focalGamma: Double = 2,
      negativesPerPositive: Double = 3, minimumNegatives: Int = 0, negativeOverlap: Double = 1,
      countsMinedPositivesTwice: Bool = false, matching: MatchingStrategy = .bipartite,
      iouThreshold: Double = 0.5, includesThreshold: Bool = true,
      normalization: LossNormalization = .batch, boxCoder: BoxCoder = BoxCoder(),
      threadCount: Int = 1
    ) {
      self.alpha = alpha
      self.boxLoss = boxLoss
      self.beta = beta
      self.confidenceLoss = confidenceLoss
      self.focalAlpha = focalAlpha
      self.focalGamma = focalGamma
      self.negativesPerPositive = negativesPerPositive
      self.minimumNegatives = minimumNegatives
      self.negativeOverlap = negativeOverlap
      self.countsMinedPositivesTwice = countsMinedPositivesTwice
      self.matching = matching
      self.iouThreshold = iouThreshold
      self.includesThreshold = includesThreshold
      self.normalization = normalization
      self.boxCoder = boxCoder
      self.threadCount = threadCount
    }
  }
}

extension MultiBoxLoss.Configuration {
  /// Matches the boxes of one image by ``matching``.
  public func matches(groundTruth: [Box], defaultBoxes: DefaultBoxes) -> Matches {
    switch matching {
    case .bipartite:
      BipartiteMatcher(iouThreshold: iouThreshold, includesThreshold: includesThreshold)
        .matches(groundTruth: groundTruth, defaultBoxes: defaultBoxes)
    case .forced:
      ForcedMatcher(iouThreshold: iouThreshold, includesThreshold: includesThreshold)
        .matches(groundTruth: groundTruth, defaultBoxes: defaultBoxes)
    }
  }
}
