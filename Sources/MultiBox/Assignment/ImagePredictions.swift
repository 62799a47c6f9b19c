/// The predictions of a network for one image, for rules of assignment that look at them.
///
/// It reads the caller's buffers and must not be kept beyond the call that received it.
public struct ImagePredictions {
  /// K, the number of logits of a default box.
  public let logitCount: Int
  /// The function that turns logits into scores.
  public let scoreFunction: ScoreFunction
  private let defaultBoxes: DefaultBoxes
  private let boxCoder: BoxCoder
  private let logit: (_ position: Int) -> Double
  private let offset: (_ position: Int) -> Double

  /// Creates predictions from arrays, as a test of a rule needs them.
  ///
  /// - Parameters:
  ///   - logits: `D × K`.
  ///   - offsets: `D × 4`.
  ///   - scoreFunction: the function that turns logits into scores.
  ///   - defaultBoxes: `D` boxes, normalized.
  ///   - boxCoder: the variances of the offsets.
  /// - Throws: ``InputError/countMismatch(argument:expected:found:)``.
  public init(
    logits: [Double], offsets: [Double], scoreFunction: ScoreFunction, defaultBoxes: DefaultBoxes,
    boxCoder: BoxCoder = BoxCoder()
  ) throws(InputError) {
    logitCount = try BatchShape(
      logits: logits.count, offsets: offsets.count, imageCount: 1,
      defaultBoxes: defaultBoxes.count, groundTruth: 1, logitGradient: nil, offsetGradient: nil
    ).logitCount
    self.scoreFunction = scoreFunction
    self.defaultBoxes = defaultBoxes
    self.boxCoder = boxCoder
    logit = { logits[$0] }
    offset = { offsets[$0] }
  }

  /// - Parameters:
  ///   - logits: `D × K`.
  ///   - offsets: `D × 4`.
  init<Scalar: RealScalar>(
    logits: UnsafeBufferPointer<Scalar>, offsets: UnsafeBufferPointer<Scalar>, logitCount: Int,
    scoreFunction: ScoreFunction, defaultBoxes: DefaultBoxes, boxCoder: BoxCoder
  ) {
    self.logitCount = logitCount
    self.scoreFunction = scoreFunction
    self.defaultBoxes = defaultBoxes
    self.boxCoder = boxCoder
    logit = { Double(logits[$0]) }
    offset = { Double(offsets[$0]) }
  }

  /// Returns the `K` logits of `defaultBox`, background first.
  public func logits(of defaultBox: Int) -> [Double] {
    (defaultBox * logitCount..<(defaultBox + 1) * logitCount).map(logit)
  }

  /// Returns the score, 0…1, of a class for a default box.
  ///
  /// - Parameters:
  ///   - defaultBox: 0..<D.
  ///   - classIndex: 1..<K.
  public func score(of defaultBox: Int, classIndex: Int) -> Double {
    let own = logit(defaultBox * logitCount + classIndex)
    // Only the softmax looks at the others.
    let row = scoreFunction == .softmax ? logits(of: defaultBox) : [own]
    return row.withUnsafeBufferPointer { RowScores(scoreFunction, row: $0).score(own) }
  }

  /// Returns the four offsets that are predicted for `defaultBox`.
  public func offsets(of defaultBox: Int) -> BoxOffsets {
    let first = defaultBox * 4
    return BoxOffsets(
      cx: offset(first), cy: offset(first + 1), width: offset(first + 2),
      height: offset(first + 3))
  }

  /// Returns the predicted box: the offsets of `defaultBox`, decoded.
  public func box(of defaultBox: Int) -> Box {
    Box(
      boxCoder.decoded(
        offsets(of: defaultBox), relativeTo: defaultBoxes.centers[defaultBox]))
  }
}
