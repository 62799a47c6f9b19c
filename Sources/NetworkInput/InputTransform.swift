import ImageFiles
import MultiBox

/// Makes a network's input of an image, and brings boxes of the input back into the image.
///
/// The one place where pixels become a network's numbers: detectors write whole images with it,
/// training the parts and changes that its augmentation draws.
public struct InputTransform: Sendable {
  /// The input that is written.
  public let input: InputSpecification
  private let resampler: ImageResampler

  /// Creates the transform of an input.
  public init(_ input: InputSpecification) {
    self.input = input
    var resampler = ImageResampler(
      width: input.width, height: input.height, filter: input.filter.resampling)
    resampler.roundsBetweenPasses =
      input.isRoundedToBytes && input.filter == .antialiasedBilinear
    self.resampler = resampler
  }

  /// The order of the input's numbers in memory.
  public enum Layout: Hashable, Sendable {
    /// `3 × H × W`.
    case planar
    /// `H × W × 3`.
    case interleaved
  }

  /// Numbers of an input: H · W · 3.
  public var valueCount: Int { input.width * input.height * 3 }

  // MARK: Boxes

  /// Returns the part of the plane that becomes the input, in pixels of the image: the image, and
  /// with a letterbox what is beside it.
  ///
  /// - Parameters:
  ///   - width: of the image in pixels.
  ///   - height: of the image in pixels.
  public func window(width: Int, height: Int) -> PixelBox {
    if input.resize == .stretch { return PixelBox(width: width, height: height) }
    let (width, height) = (Double(width), Double(height))
    let scale = max(width / Double(input.width), height / Double(input.height))
    let (right, below) = (Double(input.width) * scale, Double(input.height) * scale)
    let isCentered = input.resize == .letterbox
    let left = isCentered ? (width - right) / 2 : 0
    let top = isCentered ? (height - below) / 2 : 0
    return PixelBox(xMin: left, yMin: top, xMax: left + right, yMax: top + below)
  }

  /// Returns where normalized boxes of the input lie in the image, in its pixels, clipped to it;
  /// those that lie in a letterbox's padding alone are dropped.
  ///
  /// - Parameters:
  ///   - detections: boxes in shares of the input, 0…1.
  ///   - width: of the image in pixels.
  ///   - height: of the image in pixels.
  public func placed(_ detections: [Detection], width: Int, height: Int) -> [PixelDetection] {
    let window = window(width: width, height: height)
    return detections.compactMap { detection in
      let box = detection.box.inPixels(of: window).clipped(width: width, height: height)
      guard box.hasArea else { return nil }
      return PixelDetection(box: box, classIndex: detection.classIndex, score: detection.score)
    }
  }

  // MARK: Pixels

  /// Writes the normalized values of a whole image.
  ///
  /// - Parameters:
  ///   - image: of any size.
  ///   - layout: the order of the numbers.
  ///   - output: ``valueCount`` numbers.
  public func write(
    _ image: RGBImage, _ layout: Layout, to output: UnsafeMutableBufferPointer<Float>
  ) {
    write(image, Placement(window: window(of: image)), layout, to: output)
  }

  /// Writes the values of a whole image in 8 bit, which are not normalized.
  ///
  /// - Parameters:
  ///   - image: of any size.
  ///   - layout: the order of the bytes.
  ///   - output: ``valueCount`` bytes.
  public func write(
    _ image: RGBImage, _ layout: Layout, to output: UnsafeMutableBufferPointer<UInt8>
  ) {
    precondition(output.count == valueCount, "\(output.count) values of input")
    withUnsafeTemporaryAllocation(of: Float.self, capacity: valueCount) { values in
      rows(of: image, Placement(window: window(of: image)), layout, to: values) { blend($0) }
      Self.round(UnsafeBufferPointer(values), to: output)
    }
  }

  /// Rounds grey levels to bytes: the nearest of 0…255, half up.
  ///
  /// - Parameters:
  ///   - values: grey levels, none of them NaN.
  ///   - bytes: as many.
  package static func round(
    _ values: UnsafeBufferPointer<Float>, to bytes: UnsafeMutableBufferPointer<UInt8>
  ) {
    precondition(values.count == bytes.count, "\(values.count) values for \(bytes.count) bytes")
    for index in 0..<values.count { bytes[index] = values[index].roundedToByte }
  }

  private func window(of image: RGBImage) -> PixelBox {
    window(width: image.width, height: image.height)
  }

  /// Which part of an image goes into the input, and how.
  package struct Placement {
    /// In pixels of the image; where it leaves the image, the padding is filled in.
    package var window: PixelBox
    package var isMirrored = false
    package var isFlipped = false
    /// The part of the input that is written; nil: all of it.
    package var target: InputRegion?

    package init(
      window: PixelBox, isMirrored: Bool = false, isFlipped: Bool = false,
      target: InputRegion? = nil
    ) {
      self.window = window
      self.isMirrored = isMirrored
      self.isFlipped = isFlipped
      self.target = target
    }
  }

  /// Writes the normalized values of a part of an image.
  ///
  /// - Parameters:
  ///   - output: ``valueCount`` numbers; those beside the placement's target stay as they are.
  ///   - change: changes the colours of a row before they are normalized; nil leaves them.
  package func write(
    _ image: RGBImage, _ placement: Placement, _ layout: Layout,
    to output: UnsafeMutableBufferPointer<Float>,
    changingColors change: ((PlanarRow) -> Void)? = nil
  ) {
    precondition(output.count == valueCount, "\(output.count) values of input")
    let mean = SIMD3(input.normalization.mean)
    let factor = 1 / SIMD3(input.normalization.standardDeviation)
    rows(of: image, placement, layout, to: output) { row in
      change?(row)
      if input.padding == nil, !input.isRoundedToBytes {
        row.normalizeWithinImage(mean: mean, factor: factor)
      } else {
        blend(row)
        if input.isRoundedToBytes { row.update { $0.roundedToBytes } }
        row.normalize(mean: mean, factor: factor)
      }
    }
  }

  /// Puts the padding where the image does not reach.
  private func blend(_ row: PlanarRow) {
    row.blend(with: SIMD3(input.padding ?? input.normalization.mean))
  }

  /// Resamples row by row, and stores what `body` makes of each.
  @inline(__always)
  private func rows(
    of image: RGBImage, _ placement: Placement, _ layout: Layout,
    to output: UnsafeMutableBufferPointer<Float>, _ body: (PlanarRow) -> Void
  ) {
    let target = placement.target ?? InputRegion(width: input.width, height: input.height)
    precondition(
      target.isInside(width: input.width, height: input.height), "\(target) of the input")
    var resampler = resampler
    (resampler.width, resampler.height) = (target.width, target.height)
    withUnsafeTemporaryAllocation(
      of: SIMD8<Float>.self, capacity: PlanarRow.vectorCount(width: target.width)
    ) { buffer in
      guard let row = PlanarRow(width: target.width, buffer: buffer) else { return }
      resampler.rows(of: image, window: placement.window) { y, line, coverage in
        row.load(line, coverage: coverage)
        body(row)
        row.store(
          to: output, y: target.y + (placement.isFlipped ? target.height - 1 - y : y), x: target.x,
          of: input, layout, isMirrored: placement.isMirrored)
      }
    }
  }
}
