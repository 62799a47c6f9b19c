import MultiBox

/// Images of equal size as a network takes them, and what stands in them.
public struct Batch: Sendable {
  /// `[N, H, W, 3]`, normalized.
  public var pixels: [Float]
  public var height: Int
  public var width: Int
  /// For each image its boxes, normalized to 0…1.
  public var groundTruth: [[LabeledBox]]
  /// Positions of the images in the dataset.
  public var indices: [Int]
  public var names: [String]

  public init(
    pixels: [Float], height: Int, width: Int, groundTruth: [[LabeledBox]], indices: [Int],
    names: [String]
  ) {
    self.pixels = pixels
    self.height = height
    self.width = width
    self.groundTruth = groundTruth
    self.indices = indices
    self.names = names
  }

  /// N.
  public var count: Int { indices.count }
}

/// Fills batches: decoded image and draw in, normalized pixels and boxes out.
public struct BatchAssembler: Sendable {
  public let resampler: ImageResampler
  public let normalization: ImageNormalization

  public init(resampler: ImageResampler, normalization: ImageNormalization) {
    self.resampler = resampler
    self.normalization = normalization
  }

  /// Writes `H × W × 3` normalized values.
  ///
  /// - Precondition: `output` has that size.
  public func write(
    _ image: RGBImage, draw: AugmentationDraw, to output: UnsafeMutableBufferPointer<Float>
  ) {
    let (width, height) = (resampler.width, resampler.height)
    precondition(output.count == width * height * 3, "\(output.count) values of output")
    let mean = SIMD4<Float>(
      normalization.mean[0], normalization.mean[1], normalization.mean[2], 0)
    let deviation = normalization.standardDeviation
    let factor = SIMD4<Float>(1 / deviation[0], 1 / deviation[1], 1 / deviation[2], 0)
    let photometric = draw.photometric
    let isPlain = photometric.isIdentity
    resampler.rows(of: image, window: draw.window) { y, line, coverage in
      let row = (draw.isFlipped ? height - 1 - y : y) * width
      for x in 0..<width {
        // Fill is the mean, which normalization turns into 0.
        var value = SIMD4<Float>.zero
        if coverage[x] > 0 {
          let color = isPlain ? line[x] : photometric.applied(to: line[x])
          value = (color - mean) * factor * coverage[x]
        }
        let target = (row + (draw.isMirrored ? width - 1 - x : x)) * 3
        output[target] = value.x
        output[target + 1] = value.y
        output[target + 2] = value.z
      }
    }
  }
}
