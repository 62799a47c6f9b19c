import ImageFiles
import MultiBox
import NetworkInput

/// Images of equal size as a network takes them, with their objects.
public struct Batch: Sendable {
  /// The form that a loader gives the pixels.
  public enum Format: Hashable, Sendable {
    /// Normalized numbers, for a network on the processor.
    case normalized
    /// Grey levels, for a network on another device: a quarter of the bytes cross the bus, and the
    /// device normalizes.
    ///
    /// An augmented image has no whole grey levels: resampling and changes of colour compute in
    /// floats. These are rounded once, half up, after all else, also after a ``Mixup``. So a value
    /// is that of ``normalized`` within half a grey level over the standard deviation, as much as
    /// the image's file has rounded: 0.004 for inputs of −1…1, 0.5 for those whose deviation is 1.
    /// This holds of the padding, too: a mean of 127.5 is 128 there. Where the input is rounded to
    /// bytes anyway (`isRoundedToBytes`) and its padding is whole, both forms are equal, but for
    /// blends.
    case bytes
  }

  /// The pixels, `[N, H, W, 3]`.
  public enum Values: Sendable {
    /// Normalized.
    case normalized([Float])
    /// Grey levels, and how they are normalized: mean and deviation of each channel in the order
    /// that the pixels have, whichever colours these are.
    case bytes([UInt8], ImageNormalization)
  }

  /// The pixels in the form that the loader gave them.
  public var values: Values
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

  /// Creates a batch of normalized pixels.
  public init(
    pixels: [Float], height: Int, width: Int, groundTruth: [[LabeledBox]], indices: [Int],
    names: [String]
  ) {
    self.init(
      values: .normalized(pixels), height: height, width: width, groundTruth: groundTruth,
      indices: indices, names: names)
  }

  /// Creates a batch of pixels of any form.
  public init(
    values: Values, height: Int, width: Int, groundTruth: [[LabeledBox]], indices: [Int],
    names: [String]
  ) {
    self.values = values
    self.height = height
    self.width = width
    self.groundTruth = groundTruth
    self.indices = indices
    self.names = names
  }

  /// Returns the bytes that the pixels of a batch take: of each of three values a pixel four, or
  /// one.
  ///
  /// - Parameters:
  ///   - count: N, the number of images.
  ///   - input: their size.
  ///   - format: the form of the pixels.
  public static func byteCount(
    _ count: Int, of input: InputSpecification, as format: Format = .normalized
  ) -> Int {
    count * input.width * input.height * 3
      * (format == .bytes ? MemoryLayout<UInt8>.size : MemoryLayout<Float>.size)
  }

  /// `[N, H, W, 3]`, normalized; bytes are normalized by each reading of this.
  public var pixels: [Float] {
    get {
      switch values {
      case .normalized(let pixels): return pixels
      case .bytes(let bytes, let normalization):
        let mean = normalization.mean
        let factor = normalization.standardDeviation.map { 1 / $0 }
        return bytes.indices.map { (Float(bytes[$0]) - mean[$0 % 3]) * factor[$0 % 3] }
      }
    }
    set { values = .normalized(newValue) }
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
