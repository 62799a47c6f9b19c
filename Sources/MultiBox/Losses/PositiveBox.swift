/// A default box that was matched, what it should predict, and how far the prediction is off.
struct PositiveBox<Scalar: RealScalar>: Sendable {
  let index: Int
  let classIndex: Int
  /// g.
  let groundTruth: Box
  /// d.
  let defaultBox: CenterBox
  /// ĝ.
  let target: BoxOffsets
  /// Of the match; 1 without.
  let quality: Double
  /// w_p: the factor of its confidence term; 1 without class weights.
  private(set) var confidenceWeight = 1.0
  private let localization: LocalizationTerm
  private let boxCoder: BoxCoder

  private init(
    _ match: BoxAssignment.Match, objects: [LabeledBox], defaultBoxes: DefaultBoxes,
    loss: MultiBoxLoss
  ) {
    let object = objects[match.object]
    index = match.defaultBox
    quality = match.quality
    classIndex = object.classIndex
    groundTruth = object.box
    defaultBox = defaultBoxes.centers[match.defaultBox]
    localization = loss.localization
    boxCoder = loss.boxCoder
    target = boxCoder.encoded(CenterBox(object.box), relativeTo: defaultBox)
  }

  /// Returns the positives of an image in the order of their matches.
  static func all(
    of assignment: BoxAssignment, objects: [LabeledBox], defaultBoxes: DefaultBoxes,
    loss: MultiBoxLoss
  ) -> [PositiveBox] {
    var positives = assignment.matches.map {
      PositiveBox($0, objects: objects, defaultBoxes: defaultBoxes, loss: loss)
    }
    if let weights = loss.classWeights {
      for position in positives.indices {
        positives[position].confidenceWeight = weights[positives[position].classIndex]
      }
    }
    return positives
  }

  /// Returns what the confidence term is to learn.
  ///
  /// - Parameter hasQuality: whether the rule of assignment measured one; else it is the IoU of the
  ///   predicted box with the object.
  func confidenceTarget(
    _ offsets: UnsafeBufferPointer<Scalar>, usesQuality: Bool, hasQuality: Bool
  ) -> ConfidenceTarget {
    ConfidenceTarget(
      label: classIndex,
      quality: !usesQuality
        ? 1 : hasQuality ? quality : predictedBox(offsets).intersectionOverUnion(groundTruth))
  }

  /// Returns l: what is predicted for this default box.
  ///
  /// - Parameter offsets: `D × 4`.
  func prediction(_ offsets: UnsafeBufferPointer<Scalar>) -> BoxOffsets {
    let first = index * 4
    return BoxOffsets(
      cx: Double(offsets[first]), cy: Double(offsets[first + 1]),
      width: Double(offsets[first + 2]), height: Double(offsets[first + 3]))
  }

  /// Returns b: the predicted box.
  func predictedBox(_ offsets: UnsafeBufferPointer<Scalar>) -> Box {
    Box(boxCoder.decoded(prediction(offsets), relativeTo: defaultBox))
  }

  /// Returns l − ĝ.
  func residuals(
    _ offsets: UnsafeBufferPointer<Scalar>
  ) -> (cx: Scalar, cy: Scalar, width: Scalar, height: Scalar) {
    let first = index * 4
    return (
      offsets[first] - Scalar(target.cx), offsets[first + 1] - Scalar(target.cy),
      offsets[first + 2] - Scalar(target.width), offsets[first + 3] - Scalar(target.height)
    )
  }

  /// Returns what it adds to L_loc.
  func value(_ offsets: UnsafeBufferPointer<Scalar>) -> Double {
    switch localization {
    case .offsets(let loss):
      let residuals = residuals(offsets)
      return Double(Scalar.value(of: loss, residuals.cx))
        + Double(Scalar.value(of: loss, residuals.cy))
        + Double(Scalar.value(of: loss, residuals.width))
        + Double(Scalar.value(of: loss, residuals.height))
    case .boxes(let loss):
      return loss.value(predicted: predictedBox(offsets), target: groundTruth)
    }
  }

  /// Returns the terms of the value: four by offset, or one for the decoded box.
  func terms(_ offsets: UnsafeBufferPointer<Scalar>) -> [Double] {
    switch localization {
    case .offsets(let loss):
      let residuals = residuals(offsets)
      return [residuals.cx, residuals.cy, residuals.width, residuals.height]
        .map { Double(Scalar.value(of: loss, $0)) }
    case .boxes: return [value(offsets)]
    }
  }

  /// Overwrites its four elements of `gradient`, `D × 4`, with `scale` times the derivatives.
  func writeGradient(
    _ offsets: UnsafeBufferPointer<Scalar>, scale: Scalar,
    to gradient: UnsafeMutableBufferPointer<Scalar>
  ) {
    let derivatives = derivatives(offsets)
    let first = index * 4
    gradient[first] = scale * derivatives.cx
    gradient[first + 1] = scale * derivatives.cy
    gradient[first + 2] = scale * derivatives.width
    gradient[first + 3] = scale * derivatives.height
  }

  /// Returns the derivatives of the value by the four offsets.
  func derivatives(
    _ offsets: UnsafeBufferPointer<Scalar>
  ) -> (cx: Scalar, cy: Scalar, width: Scalar, height: Scalar) {
    switch localization {
    case .offsets(let loss):
      let residuals = residuals(offsets)
      return (
        Scalar.derivative(of: loss, residuals.cx), Scalar.derivative(of: loss, residuals.cy),
        Scalar.derivative(of: loss, residuals.width),
        Scalar.derivative(of: loss, residuals.height)
      )
    case .boxes(let loss):
      let gradient = boxCoder.gradient(
        loss.gradient(predicted: predictedBox(offsets), target: groundTruth),
        at: prediction(offsets), relativeTo: defaultBox)
      return (
        Scalar(gradient.cx), Scalar(gradient.cy), Scalar(gradient.width), Scalar(gradient.height)
      )
    }
  }
}
