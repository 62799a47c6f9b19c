/// The sizes of a batch's buffers, checked against one another, and the part of each image in them.
struct BatchShape: Hashable, Sendable {
  /// D.
  let boxCount: Int
  /// K.
  let logitCount: Int

  /// - Throws: ``InputError/countMismatch(argument:expected:found:)`` naming the argument.
  init(
    logits: Int, offsets: Int, imageCount: Int, defaultBoxes: Int, groundTruth: Int,
    logitGradient: Int?, offsetGradient: Int?
  ) throws(InputError) {
    func require(
      _ argument: String, _ found: Int, _ expected: Int, _ meaning: String
    ) throws(InputError) {
      guard found == expected else {
        throw InputError.countMismatch(
          argument: argument, expected: "\(expected) (\(meaning))", found: found)
      }
    }
    guard imageCount >= 0 else {
      throw InputError.countMismatch(
        argument: "imageCount", expected: "0 or more", found: imageCount)
    }
    let rows = imageCount * defaultBoxes
    let product = "\(imageCount) images × \(defaultBoxes) default boxes"
    boxCount = defaultBoxes
    if rows == 0 {
      try require("logits", logits, 0, product)
      // Without default boxes there is no K to derive; classes are then not limited from above.
      logitCount = .max
    } else {
      guard logits % rows == 0, logits / rows >= 2 else {
        throw InputError.countMismatch(
          argument: "logits", expected: "\(product) × K, K at least 2,", found: logits)
      }
      logitCount = logits / rows
    }
    try require("offsets", offsets, rows * 4, "\(product) × 4")
    try require("groundTruth", groundTruth, imageCount, "one list an image")
    if let logitGradient { try require("logitGradient", logitGradient, logits, "as logits") }
    if let offsetGradient { try require("offsetGradient", offsetGradient, offsets, "as offsets") }
  }

  private var logitsPerImage: Int { boxCount == 0 ? 0 : boxCount * logitCount }

  func logits<Scalar>(
    of image: Int, in buffer: UnsafeBufferPointer<Scalar>
  ) -> UnsafeBufferPointer<Scalar> {
    UnsafeBufferPointer(rebasing: buffer[range(of: image, size: logitsPerImage)])
  }

  func logits<Scalar>(
    of image: Int, in buffer: UnsafeMutableBufferPointer<Scalar>
  ) -> UnsafeMutableBufferPointer<Scalar> {
    UnsafeMutableBufferPointer(rebasing: buffer[range(of: image, size: logitsPerImage)])
  }

  func offsets<Scalar>(
    of image: Int, in buffer: UnsafeBufferPointer<Scalar>
  ) -> UnsafeBufferPointer<Scalar> {
    UnsafeBufferPointer(rebasing: buffer[range(of: image, size: boxCount * 4)])
  }

  func offsets<Scalar>(
    of image: Int, in buffer: UnsafeMutableBufferPointer<Scalar>
  ) -> UnsafeMutableBufferPointer<Scalar> {
    UnsafeMutableBufferPointer(rebasing: buffer[range(of: image, size: boxCount * 4)])
  }

  private func range(of image: Int, size: Int) -> Range<Int> { image * size..<(image + 1) * size }
}
