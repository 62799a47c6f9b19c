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
  private let boxLoss: BoxLoss
  private let beta: Scalar
  private let boxCoder: BoxCoder

  init(
    index: Int, object: LabeledBox, defaultBox: CenterBox,
    configuration: MultiBoxLoss.Configuration
  ) {
    self.index = index
    classIndex = object.classIndex
    groundTruth = object.box
    self.defaultBox = defaultBox
    boxLoss = configuration.boxLoss
    beta = Scalar(configuration.beta)
    boxCoder = configuration.boxCoder
    target = boxCoder.encoded(CenterBox(object.box), relativeTo: defaultBox)
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

  /// Returns what it adds to L_loc: four terms by offset, or one for the decoded box.
  func terms(_ offsets: UnsafeBufferPointer<Scalar>) -> [Double] {
    guard boxLoss.comparesOffsets else {
      return [boxLoss.value(predicted: predictedBox(offsets), target: groundTruth)]
    }
    let residuals = residuals(offsets)
    return [residuals.cx, residuals.cy, residuals.width, residuals.height].map {
      Double(boxLoss.value(ofResidual: $0, beta: beta))
    }
  }

  /// Returns the derivatives of the sum of the terms by the four offsets.
  func derivatives(
    _ offsets: UnsafeBufferPointer<Scalar>
  ) -> (cx: Scalar, cy: Scalar, width: Scalar, height: Scalar) {
    guard boxLoss.comparesOffsets else {
      let prediction = prediction(offsets)
      let gradient = boxCoder.gradient(
        boxLoss.gradient(predicted: predictedBox(offsets), target: groundTruth), at: prediction,
        relativeTo: defaultBox)
      return (
        Scalar(gradient.cx), Scalar(gradient.cy), Scalar(gradient.width), Scalar(gradient.height)
      )
    }
    let residuals = residuals(offsets)
    return (
      boxLoss.derivative(ofResidual: residuals.cx, beta: beta),
      boxLoss.derivative(ofResidual: residuals.cy, beta: beta),
      boxLoss.derivative(ofResidual: residuals.width, beta: beta),
      boxLoss.derivative(ofResidual: residuals.height, beta: beta)
    )
  }
}
