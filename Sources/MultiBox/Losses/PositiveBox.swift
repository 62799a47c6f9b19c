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

  /// Returns what it adds to L_loc.
  func value(_ offsets: UnsafeBufferPointer<Scalar>) -> Double {
    guard boxLoss.comparesOffsets else { return decodedValue(offsets) }
    let residuals = residuals(offsets)
    return term(residuals.cx) + term(residuals.cy) + term(residuals.width)
      + term(residuals.height)
  }

  /// Returns the terms of the value: four by offset, or one for the decoded box.
  func terms(_ offsets: UnsafeBufferPointer<Scalar>) -> [Double] {
    guard boxLoss.comparesOffsets else { return [decodedValue(offsets)] }
    let residuals = residuals(offsets)
    return [residuals.cx, residuals.cy, residuals.width, residuals.height].map(term)
  }

  private func term(_ residual: Scalar) -> Double {
    Double(boxLoss.value(ofResidual: residual, beta: beta))
  }

  private func decodedValue(_ offsets: UnsafeBufferPointer<Scalar>) -> Double {
    boxLoss.value(predicted: predictedBox(offsets), target: groundTruth)
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
