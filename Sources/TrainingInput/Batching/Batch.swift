import ImageFiles
import MultiBox
import NetworkInput

/// Images of equal size as a network takes them, with their objects.
public struct Batch: Sendable {
  /// `[N, H, W, 3]`, normalized.
  public var pixels: [Float]
  /// H in pixels.
  public var height: Int
  /// W in pixels.
  public var width: Int
  /// For each image its objects, in shares of what the network sees, 0…1.
  public var groundTruth: [[LabeledBox]]
  /// Positions of the images in the dataset.
  public var indices: [Int]
  /// Names of the images in the dataset.
  public var names: [String]

  /// Creates a batch of pixels that are there.
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

  /// Returns the bytes that the pixels of a batch take, four for each of three values a pixel.
  ///
  /// - Parameters:
  ///   - count: N, the number of images.
  ///   - input: their size.
  public static func byteCount(_ count: Int, of input: InputSpecification) -> Int {
    count * input.width * input.height * 3 * MemoryLayout<Float>.size
  }

  /// N, the number of images.
  public var count: Int { indices.count }
}

extension InputTransform {
  /// Writes the normalized values, `H × W × 3`, of what was drawn of an image.
  ///
  /// - Parameters:
  ///   - image: the picture.
  ///   - draw: its changes.
  ///   - output: `valueCount` numbers.
  public func write(
    _ image: RGBImage, draw: AugmentationDraw, to output: UnsafeMutableBufferPointer<Float>
  ) {
    write(image, draw: draw, target: nil, to: output)
  }

  /// Writes them into a part of an input of `valueCount` numbers; nil takes all of it.
  func write(
    _ image: RGBImage, draw: AugmentationDraw, target: InputRegion?,
    to output: UnsafeMutableBufferPointer<Float>
  ) {
    let photometric = draw.photometric
    write(
      image,
      Placement(
        window: draw.window, isMirrored: draw.isMirrored, isFlipped: draw.isFlipped,
        target: target),
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
