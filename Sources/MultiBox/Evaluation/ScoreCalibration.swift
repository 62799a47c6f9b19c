/// Scores beside what holds of them: the precision of detections by bins of score, as a reliability
/// diagram shows it.
///
/// Of a calibrated detector 70 % of the detections that score 0.7 are right. Right and wrong are
/// those of ``DetectionMatching``; detections that are ignored are left out, and scores that are no
/// number. Bins are as wide as each other and hold their upper end, as scikit-learn's
/// `calibration_curve` has them; the first holds 0 too.
///
/// - SeeAlso: Küppers et al., "Multivariate Confidence Calibration for Object Detection"
///   (arXiv:2004.13546), who leave out scores below 0.3: there are so many detections of them that
///   the error would say nothing of the others.
public struct ScoreCalibration: Hashable, Sendable {
  /// Detections of similar score.
  public struct Bin: Hashable, Sendable {
    /// The scores of the bin, 0…1; the lower end belongs to the bin before.
    public var scores: ClosedRange<Double>
    /// The number of detections.
    public var count: Int
    /// Their mean score; 0 without any.
    public var meanScore: Double
    /// Right ones among them, 0…1; 0 without any.
    public var precision: Double
  }

  /// The bins by rising score.
  public let bins: [Bin]

  /// The score from which the error is usually taken.
  public static let usualScore = 0.3

  /// Sorts detections into bins.
  ///
  /// - Parameters:
  ///   - matched: objects and detections.
  ///   - classCount: others than classes 1…classCount are left out.
  ///   - binCount: the number of bins, 1 or more.
  /// - Precondition: a bin.
  public init(_ matched: MatchedImages, classCount: Int, binCount: Int = 10) {
    precondition(binCount > 0, "\(binCount) bins")
    var counts = [Int](repeating: 0, count: binCount)
    var right = counts
    var sums = [Double](repeating: 0, count: binCount)
    for (image, matching) in zip(matched.images, matched.matchings) {
      for (detection, verdict) in zip(image.detections, matching.verdicts)
      where verdict != .ignored && detection.classIndex.isClass(of: classCount)
        && !detection.score.isNaN
      {
        let position = (detection.score * Double(binCount)).rounded(.up) - 1
        let bin = Int(min(max(position, 0), Double(binCount - 1)))
        counts[bin] += 1
        sums[bin] += detection.score
        if case .right = verdict { right[bin] += 1 }
      }
    }
    bins = counts.indices.map { index in
      let count = Double(max(counts[index], 1))
      let ends = (Double(index) / Double(binCount), Double(index + 1) / Double(binCount))
      return Bin(
        scores: ends.0...ends.1, count: counts[index], meanScore: sums[index] / count,
        precision: Double(right[index]) / count)
    }
  }

  /// The expected calibration error: how far mean score and precision of a bin are apart, the mean
  /// over all detections.
  ///
  /// - Parameter score: bins that begin below it are left out.
  /// - Returns: 0…1; nil without detections.
  public func expectedError(from score: Double = usualScore) -> Double? {
    mean(from: score) { abs($0.meanScore - $0.precision) }
  }

  /// The mean by which scores are higher than precision.
  ///
  /// - Parameter score: bins that begin below it are left out.
  /// - Returns: −1…1, below 0 where scores are too low; nil without detections.
  public func overconfidence(from score: Double = usualScore) -> Double? {
    mean(from: score) { $0.meanScore - $0.precision }
  }

  private func mean(from score: Double, _ value: (Bin) -> Double) -> Double? {
    let taken = bins.filter { $0.scores.lowerBound >= score - 1e-9 && $0.count > 0 }
    let count = taken.reduce(0) { $0 + $1.count }
    guard count > 0 else { return nil }
    return taken.reduce(0) { $0 + value($1) * Double($1.count) } / Double(count)
  }
}
