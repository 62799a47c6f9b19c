/// A batch whose sizes are checked and whose images are assigned.
struct LossBatch<Scalar: RealScalar> {
  let logits: UnsafeBufferPointer<Scalar>
  let offsets: UnsafeBufferPointer<Scalar>
  let shape: BatchShape
  let defaultBoxes: DefaultBoxes
  let groundTruth: [[LabeledBox]]
  let assignments: [BoxAssignment]
  let normalizer: Double
  let logitGradient: UnsafeMutableBufferPointer<Scalar>?
  let offsetGradient: UnsafeMutableBufferPointer<Scalar>?

  var imageCount: Int { groundTruth.count }

  func logits(of image: Int) -> UnsafeBufferPointer<Scalar> { shape.logits(of: image, in: logits) }

  func offsets(of image: Int) -> UnsafeBufferPointer<Scalar> {
    shape.offsets(of: image, in: offsets)
  }

  func logitGradient(of image: Int) -> UnsafeMutableBufferPointer<Scalar>? {
    logitGradient.map { shape.logits(of: image, in: $0) }
  }

  func offsetGradient(of image: Int) -> UnsafeMutableBufferPointer<Scalar>? {
    offsetGradient.map { shape.offsets(of: image, in: $0) }
  }

  /// What the sums of an image are multiplied by.
  func scale(of image: Int, _ normalization: LossNormalization) -> Double {
    normalization.scale(positives: assignments[image].positiveCount, normalizer: normalizer)
  }
}
