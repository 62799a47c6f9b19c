import ImageFiles
import MultiBox
import NetworkInput

/// Images of equal size as a network takes them, and what stands in them.
public struct Batch: Sendable {
  /// `[N, H, W, 3]`, normalized.
  public var pixels: [Float]
  public var height: Int
  public var width: Int
  /// For each image what stands in it, in shares of what the network sees.
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

extension InputTransform {
  /// Writes the normalized values, `H × W × 3`, of what was drawn of an image.
  ///
  /// - Parameter output: `valueCount` numbers.
  public func write(
    _ image: RGBImage, draw: AugmentationDraw, to output: UnsafeMutableBufferPointer<Float>
  ) {
    let photometric = draw.photometric
    write(
      image,
      Placement(window: draw.window, isMirrored: draw.isMirrored, isFlipped: draw.isFlipped),
      .interleaved, to: output,
      changingColors: photometric.isIdentity
        ? nil
        : { row in
          for index in 0..<row.vectorCount {
            var colors = ColorLanes(
              red: row.red[index], green: row.green[index], blue: row.blue[index])
            photometric.apply(to: &colors)
            row.red[index] = colors.red
            row.green[index] = colors.green
            row.blue[index] = colors.blue
          }
        })
  }
}
