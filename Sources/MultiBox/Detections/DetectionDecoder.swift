/// Turns the predictions of a network for one image into detections.
///
/// In torchvision's order, unless ``Configuration/classesPerBox`` asks for another: softmax (or
/// another ``ScoreFunction``); for each class the scores from `scoreThreshold` on, of them the best
/// `candidatesPerClass`; decode; clip to the image; non-maximum suppression within the class; the
/// best `maximumDetections` of all classes. Ties go to the lower class, then to the lower
/// default-box index. torchvision wants a score above the threshold; here one that equals it is
/// kept, as wherever this library asks for a lowest score.
///
/// Scores and boxes that are not finite are dropped before anything is sorted, and counted. A box
/// that has no area inside the image is dropped once its score has earned it a place among the
/// candidates: it would suppress nothing, but be reported. torchvision's SSD keeps it, cut to a
/// line or a point on the image's border.
public struct DetectionDecoder: Hashable, Sendable {
  /// The parameters of decoding, with the values of SSD.
  public struct Configuration: Hashable, Sendable, Codable {
    /// The lowest score that is kept, compared in the scores' own precision: 0.7 lets the `Float`
    /// pass that prints as 0.7.
    public var scoreThreshold: Double
    /// The number of best scores of a class that go on to suppression.
    public var candidatesPerClass: Int
    /// The suppression within a class.
    public var suppression: NonMaximumSuppression
    /// The largest number of detections of an image; with ``classesPerBox`` that of boxes.
    public var maximumDetections: Int
    /// The number of classes, at least 1, that a box is reported with where boxes suppress each
    /// other whatever their classes; nil, the usual way, suppresses within each class.
    ///
    /// Suppression then looks at boxes as they were decoded, before they are cut to the image.
    public var classesPerBox: Int?
    /// The variances, and the limit on size offsets.
    public var boxCoder: BoxCoder
    /// The function that turns the class output into scores.
    public var scoreFunction: ScoreFunction

    /// Creates a configuration; SSD's by default.
    public init(
      scoreThreshold: Double = 0.01, candidatesPerClass: Int = 400,
      suppression: NonMaximumSuppression = NonMaximumSuppression(), maximumDetections: Int = 200,
      classesPerBox: Int? = nil, boxCoder: BoxCoder = BoxCoder(),
      scoreFunction: ScoreFunction = .softmax
    ) {
      self.scoreThreshold = scoreThreshold
      self.candidatesPerClass = candidatesPerClass
      self.suppression = suppression
      self.maximumDetections = maximumDetections
      self.classesPerBox = classesPerBox
      self.boxCoder = boxCoder
      self.scoreFunction = scoreFunction
    }
  }

  /// The detections of one image.
  public struct Result: Hashable, Sendable {
    /// The detections by falling score; boxes lie inside 0…1.
    public var detections: [Detection]
    /// The number of scores, one for each default box and class, that were not finite.
    public var nonFiniteScores: Int
    /// The number of boxes with a score that reaches the threshold that were not finite when
    /// decoded.
    public var nonFiniteBoxes: Int
    /// The number of boxes without area inside the image that would have been among the detections.
    ///
    /// Each counts with the class that it scores in.
    public var boxesWithoutArea = 0
  }

  /// The parameters of decoding.
  public var configuration: Configuration

  /// Creates a decoder.
  ///
  /// - Parameter configuration: the parameters of decoding; SSD's by default.
  public init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
  }

  /// Decodes one image.
  ///
  /// - Parameters:
  ///   - logits: `D × K`, background first; `K`, at least 2, is derived from their number.
  ///   - offsets: `D × 4`.
  ///   - defaultBoxes: `D` boxes.
  /// - Returns: the detections, and counts of the dropped ones.
  /// - Throws: ``InputError/countMismatch(argument:expected:found:)``.
  public func decode<Scalar: RealScalar>(
    logits: UnsafeBufferPointer<Scalar>, offsets: UnsafeBufferPointer<Scalar>,
    defaultBoxes: DefaultBoxes
  ) throws(InputError) -> Result {
    let shape = try BatchShape(
      logits: logits.count, offsets: offsets.count, imageCount: 1,
      defaultBoxes: defaultBoxes.count, groundTruth: 1, logitGradient: nil, offsetGradient: nil)
    if let logits = logits as? UnsafeBufferPointer<Float>,
      let offsets = offsets as? UnsafeBufferPointer<Float>
    {
      return result(
        logits, logitCount: shape.logitCount,
        .offsets(offsets, relativeTo: defaultBoxes, coder: configuration.boxCoder))
    }
    return plainResult(
      logits, logitCount: shape.logitCount,
      .offsets(offsets, relativeTo: defaultBoxes, coder: configuration.boxCoder))
  }

  /// Decodes one image whose boxes the network gives ready.
  ///
  /// - Parameters:
  ///   - logits: `D × K`, background first.
  ///   - boxes: `D` boxes.
  /// - Throws: ``InputError/countMismatch(argument:expected:found:)``.
  public func decode(
    logits: UnsafeBufferPointer<Float>, boxes: [Box]
  ) throws(InputError) -> Result {
    let shape = try BatchShape(
      logits: logits.count, offsets: boxes.count * 4, imageCount: 1, defaultBoxes: boxes.count,
      groundTruth: 1, logitGradient: nil, offsetGradient: nil)
    return result(logits, logitCount: shape.logitCount, .corners(boxes))
  }

  private func result(
    _ logits: UnsafeBufferPointer<Float>, logitCount: Int, _ boxes: PredictedBoxes<Float>
  ) -> Result {
    guard configuration.classesPerBox == nil,
      let result = BestFirstDecoding(
        configuration: configuration, logits: logits, logitCount: logitCount, boxes: boxes
      ).result()
    else { return plainResult(logits, logitCount: logitCount, boxes) }
    return result
  }

  private func plainResult<Scalar: RealScalar>(
    _ logits: UnsafeBufferPointer<Scalar>, logitCount: Int, _ boxes: PredictedBoxes<Scalar>
  ) -> Result {
    if let classesPerBox = configuration.classesPerBox {
      return AcrossClassDecoding(
        configuration: configuration, classesPerBox: classesPerBox, logits: logits,
        logitCount: logitCount, boxes: boxes
      ).result()
    }
    return PlainDecoding(
      configuration: configuration, logits: logits, logitCount: logitCount, boxes: boxes
    ).result()
  }

  /// Sorts and cuts the detections of a network that has decoded, scored and suppressed them
  /// itself.
  ///
  /// - Parameter detections: the detections, in any order.
  public func decode(_ detections: [Detection]) -> Result {
    var result = Result(detections: [], nonFiniteScores: 0, nonFiniteBoxes: 0)
    for var detection in detections
    where detection.score.isFinite && detection.reaches(configuration.scoreThreshold) {
      guard detection.box.isFinite else {
        result.nonFiniteBoxes += 1
        continue
      }
      detection.box = detection.box.clipped()
      result.detections.append(detection)
    }
    result.nonFiniteScores = detections.count { !$0.score.isFinite }
    result.keepBest(configuration.maximumDetections)
    return result
  }

  /// Decodes one image from arrays.
  ///
  /// - Parameters:
  ///   - logits: `D × K`, background first; `K`, at least 2, is derived from their number.
  ///   - offsets: `D × 4`.
  ///   - defaultBoxes: `D` boxes.
  /// - Returns: the detections, and counts of the dropped ones.
  /// - Throws: ``InputError/countMismatch(argument:expected:found:)``.
  public func decode<Scalar: RealScalar>(
    logits: [Scalar], offsets: [Scalar], defaultBoxes: DefaultBoxes
  ) throws(InputError) -> Result {
    try logits.withUnsafeBufferPointer { (logits) throws(InputError) in
      try offsets.withUnsafeBufferPointer { (offsets) throws(InputError) in
        try decode(logits: logits, offsets: offsets, defaultBoxes: defaultBoxes)
      }
    }
  }
}

extension DetectionDecoder.Result {
  /// Sorts by falling score, ties in their order (lower class first), and keeps the best that have
  /// area; counts those without before the last one that is kept.
  mutating func keepBest(_ limit: Int) {
    var kept: [Detection] = []
    for index in detections.lazy.map(\.score).fallingOrder {
      if kept.count >= limit { break }
      if detections[index].box.hasArea {
        kept.append(detections[index])
      } else {
        boxesWithoutArea += 1
      }
    }
    detections = kept
  }
}
