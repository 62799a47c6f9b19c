extension MultiBoxLoss {
  /// The parameters of the loss, with the paper's values.
  public struct Configuration: Hashable, Sendable, Codable {
    /// α, the weight of L_loc.
    public var alpha: Double
    /// β of smooth L1.
    public var beta: Double
    /// Mined negatives for each positive.
    public var negativesPerPositive: Double
    /// At least so many negatives an image.
    public var minimumNegatives: Int
    /// IoU from which a free default box is positive.
    public var iouThreshold: Double
    /// Variances of the offsets.
    public var boxCoder: BoxCoder
    /// Threads to use; the result does not depend on it.
    public var threadCount: Int

    public init(
      alpha: Double = 1, beta: Double = 1, negativesPerPositive: Double = 3,
      minimumNegatives: Int = 0, iouThreshold: Double = 0.5, boxCoder: BoxCoder = BoxCoder(),
      threadCount: Int = 1
    ) {
      self.alpha = alpha
      self.beta = beta
      self.negativesPerPositive = negativesPerPositive
      self.minimumNegatives = minimumNegatives
      self.iouThreshold = iouThreshold
      self.boxCoder = boxCoder
      self.threadCount = threadCount
    }
  }
}
