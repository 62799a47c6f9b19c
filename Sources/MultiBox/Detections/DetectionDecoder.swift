/// Turns what a network predicts for one image into detections.
///
/// In torchvision's order: softmax (or what ``ScoreFunction`` says); for each class the scores above
/// `scoreThreshold`, of them the best `candidatesPerClass`; decode; clip to the image; non-maximum
/// suppression within the class; the best `maximumDetections` of all classes. Ties go to the lower
/// class, then to the lower default-box index.
///
/// Scores and boxes that are not finite are dropped before anything is sorted, and counted.
public struct DetectionDecoder: Hashable, Sendable {
  /// The parameters of decoding, with the values of SSD.
  public struct Configuration: Hashable, Sendable, Codable {
    /// A score must be above it.
    public var scoreThreshold: Double
    /// Best scores of a class that go on to suppression.
    public var candidatesPerClass: Int
    public var suppression: NonMaximumSuppression
    /// Best detections of the image that are kept.
    public var maximumDetections: Int
    /// Variances, and the limit on size offsets.
    public var boxCoder: BoxCoder
    /// What the class output means.
    public var scoreFunction: ScoreFunction

    public init(
      scoreThreshold: Double = 0.01, candidatesPerClass: Int = 400,
      suppression: NonMaximumSuppression = NonMaximumSuppression(), maximumDetections: Int = 200,
      boxCoder: BoxCoder = BoxCoder(), scoreFunction: ScoreFunction = .softmax
    ) {
      self.scoreThreshold = scoreThreshold
      self.candidatesPerClass = candidatesPerClass
      self.suppression = suppression
      self.maximumDetections = maximumDetections
      self.boxCoder = boxCoder
      self.scoreFunction = scoreFunction
    }
  }

  /// The detections of one image.
  public struct Result: Hashable, Sendable {
    /// By falling score; boxes are normalized corners inside the image.
    public var detections: [Detection]
    /// Scores, one for each default box and class, that were not finite.
    public var nonFiniteScores: Int
    /// Boxes with a score above the threshold that were not finite when decoded.
    public var nonFiniteBoxes: Int
  }

  public var configuration: Configuration

  public init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
  }

  /// A default box's score for the class at hand.
  private struct Candidate {
    let index: Int
    let score: Double
  }

  /// Decodes one image.
  ///
  /// - Parameters:
  ///   - logits: `D × K`, background first; `K`, at least 2, is derived from their number.
  ///   - offsets: `D × 4`.
  ///   - defaultBoxes: `D` boxes.
  /// - Throws: ``InputError/countMismatch(argument:expected:found:)``.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func decode<Scalar: RealScalar>(
    logits: UnsafeBufferPointer<Scalar>, offsets: UnsafeBufferPointer<Scalar>,
    defaultBoxes: DefaultBoxes
  ) throws -> Result {
    let count = defaultBoxes.count
    let shape = try BatchShape(
      logits: logits.count, offsets: offsets.count, imageCount: 1, defaultBoxes: count,
      groundTruth: 1, logitGradient: nil, offsetGradient: nil)
    return detections(logits, logitCount: shape.logitCount, count: count) {
      decode($0, offsets: offsets, defaultBoxes: defaultBoxes)
    }
  }

  /// Decodes one image whose boxes the network gives ready.
  ///
  /// - Parameters:
  ///   - logits: `D × K`, background first.
  ///   - boxes: `D` boxes, normalized corners.
  /// - Throws: ``InputError/countMismatch(argument:expected:found:)``.
  public func decode(logits: UnsafeBufferPointer<Float>, boxes: [Box]) throws -> Result {
    let shape = try BatchShape(
      logits: logits.count, offsets: boxes.count * 4, imageCount: 1, defaultBoxes: boxes.count,
      groundTruth: 1, logitGradient: nil, offsetGradient: nil)
    return detections(logits, logitCount: shape.logitCount, count: boxes.count) { boxes[$0] }
  }

  /// Sorts and cuts what a network has decoded, scored and suppressed itself.
  ///
  /// - Parameter detections: normalized corners, in any order.
  public func decode(_ detections: [Detection]) -> Result {
    var result = Result(detections: [], nonFiniteScores: 0, nonFiniteBoxes: 0)
    for var detection in detections where detection.score > configuration.scoreThreshold {
      guard detection.box.isFinite else {
        result.nonFiniteBoxes += 1
        continue
      }
      detection.box = detection.box.clipped(width: 1, height: 1)
      result.detections.append(detection)
    }
    result.nonFiniteScores = detections.count { !$0.score.isFinite }
    Self.keepBest(configuration.maximumDetections, of: &result.detections)
    return result
  }

  @inline(__always)
  private func detections<Scalar: RealScalar>(
    _ logits: UnsafeBufferPointer<Scalar>, logitCount: Int, count: Int, box boxAt: (Int) -> Box
  ) -> Result {
    var result = Result(detections: [], nonFiniteScores: 0, nonFiniteBoxes: 0)
    guard count > 0 else { return result }
    var candidates = scores(logits, logitCount: logitCount, count: count, &result)
    var decoded = [Box?](repeating: nil, count: count)
    for classIndex in 1..<logitCount {
      Self.keepBest(configuration.candidatesPerClass, of: &candidates[classIndex])
      var boxes: [Box] = []
      var scores: [Double] = []
      for candidate in candidates[classIndex] {
        let index = candidate.index
        let box = decoded[index] ?? boxAt(index)
        decoded[index] = box
        guard box.isFinite else {
          result.nonFiniteBoxes += 1
          continue
        }
        boxes.append(box.clipped(width: 1, height: 1))
        scores.append(candidate.score)
      }
      let kept = configuration.suppression.keptIndices(
        boxes: boxes, scores: scores, limit: configuration.maximumDetections)
      for index in kept {
        result.detections.append(
          Detection(box: boxes[index], classIndex: classIndex, score: scores[index]))
      }
    }
    Self.keepBest(configuration.maximumDetections, of: &result.detections)
    return result
  }

  /// Decodes one image from arrays.
  public func decode<Scalar: RealScalar>(
    logits: [Scalar], offsets: [Scalar], defaultBoxes: DefaultBoxes
  ) throws -> Result {
    try logits.withUnsafeBufferPointer { logits in
      try offsets.withUnsafeBufferPointer { offsets in
        try decode(logits: logits, offsets: offsets, defaultBoxes: defaultBoxes)
      }
    }
  }

  /// Returns for each class the default boxes whose score is above the threshold, by rising index.
  private func scores<Scalar: RealScalar>(
    _ logits: UnsafeBufferPointer<Scalar>, logitCount: Int, count: Int, _ result: inout Result
  ) -> [[Candidate]] {
    var candidates = [[Candidate]](repeating: [], count: logitCount)
    let threshold = Scalar(configuration.scoreThreshold)
    let function = configuration.scoreFunction
    for index in 0..<count {
      let row = UnsafeBufferPointer(
        rebasing: logits[index * logitCount..<(index + 1) * logitCount])
      let normalizer = function == .softmax ? SoftmaxCrossEntropy.logSumExp(row) : 0
      for classIndex in 1..<logitCount {
        let score =
          switch function {
          case .softmax: Scalar.exponential(row[classIndex] - normalizer)
          case .sigmoid: Scalar.exponential(-Scalar.softplus(-row[classIndex]))
          case .identity: row[classIndex]
          }
        if !score.isFinite {
          result.nonFiniteScores += 1
        } else if score > threshold {
          candidates[classIndex].append(Candidate(index: index, score: Double(score)))
        }
      }
    }
    return candidates
  }

  private func decode<Scalar: RealScalar>(
    _ index: Int, offsets: UnsafeBufferPointer<Scalar>, defaultBoxes: DefaultBoxes
  ) -> Box {
    let first = index * 4
    let values = BoxOffsets(
      cx: Double(offsets[first]), cy: Double(offsets[first + 1]),
      width: Double(offsets[first + 2]), height: Double(offsets[first + 3]))
    return Box(
      configuration.boxCoder.decoded(values, relativeTo: defaultBoxes.centers[index]))
  }

  /// Sorts by falling score, ties in their order, and cuts.
  private static func keepBest(_ limit: Int, of candidates: inout [Candidate]) {
    candidates.sort { $0.score > $1.score || ($0.score == $1.score && $0.index < $1.index) }
    if candidates.count > limit { candidates.removeLast(candidates.count - limit) }
  }

  /// Sorts by falling score, ties in their order (lower class first), and cuts.
  private static func keepBest(_ limit: Int, of detections: inout [Detection]) {
    let order = detections.indices.sorted {
      let (a, b) = (detections[$0].score, detections[$1].score)
      return a > b || (a == b && $0 < $1)
    }
    detections = order.prefix(limit).map { detections[$0] }
  }
}
