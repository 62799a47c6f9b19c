import MultiBox

/// Makes a network's input of an image, as its description says.
public struct NetworkInputWriter: Sendable {
  public let input: DetectorDescription.Input
  private let resampler: ImageResampler
  private let fill: SIMD4<Float>
  private let mean: SIMD4<Float>
  private let factor: SIMD4<Float>
  /// Position of red, green and blue among the channels.
  private let channels: (Int, Int, Int)

  public init(_ input: DetectorDescription.Input) {
    self.input = input
    var resampler = ImageResampler(
      width: input.width, height: input.height, filter: input.filter.resampling)
    resampler.roundsBetweenPasses =
      input.isRoundedToBytes && input.filter == .antialiasedBilinear
    self.resampler = resampler
    let mean = input.normalization.mean
    let deviation = input.normalization.standardDeviation
    let padding = input.padding ?? mean
    self.mean = SIMD4(mean[0], mean[1], mean[2], 0)
    factor = SIMD4(1 / deviation[0], 1 / deviation[1], 1 / deviation[2], 0)
    fill = SIMD4(padding[0], padding[1], padding[2], 0)
    channels = input.channelOrder == .rgb ? (0, 1, 2) : (2, 1, 0)
  }

  /// Returns the part of the plane that becomes the input, in pixels of the image: the image, and
  /// with a letterbox what is beside it.
  public func window(width: Int, height: Int) -> Box {
    let (width, height) = (Double(width), Double(height))
    let whole = Box(xMin: 0, yMin: 0, xMax: width, yMax: height)
    if input.resize == .stretch { return whole }
    let scale = max(width / Double(input.width), height / Double(input.height))
    let (right, below) = (Double(input.width) * scale, Double(input.height) * scale)
    let isCentered = input.resize == .letterbox
    let left = isCentered ? (width - right) / 2 : 0
    let top = isCentered ? (height - below) / 2 : 0
    return Box(xMin: left, yMin: top, xMax: left + right, yMax: top + below)
  }

  /// Returns where normalized boxes of the input lie in the image, in its pixels, clipped to it;
  /// those that lie in a letterbox's padding alone are dropped.
  public func placed(_ detections: [Detection], width: Int, height: Int) -> [Detection] {
    let window = window(width: width, height: height)
    return detections.compactMap { detection in
      let box = detection.box.scaled(x: window.width, y: window.height)
      var result = detection
      result.box = Box(
        xMin: box.xMin + window.xMin, yMin: box.yMin + window.yMin,
        xMax: box.xMax + window.xMin, yMax: box.yMax + window.yMin
      ).clipped(width: Double(width), height: Double(height))
      return result.box.hasArea ? result : nil
    }
  }

  /// Writes normalized values.
  ///
  /// - Parameters:
  ///   - isPlanar: `3 × H × W`, else `H × W × 3`.
  ///   - output: of that size.
  public func write(
    _ image: RGBImage, isPlanar: Bool, to output: UnsafeMutableBufferPointer<Float>
  ) {
    let rounds = input.isRoundedToBytes
    write(image, isPlanar: isPlanar, to: output) { color in
      ((rounds ? ImageResampler.roundedToBytes(color) : color) - mean) * factor
    }
  }

  /// Writes values of 8 bit, which are not normalized.
  ///
  /// - Parameters:
  ///   - isPlanar: `3 × H × W`, else `H × W × 3`.
  ///   - output: of that size.
  public func write(
    _ image: RGBImage, isPlanar: Bool, to output: UnsafeMutableBufferPointer<UInt8>
  ) {
    let plane = input.width * input.height
    withUnsafeTemporaryAllocation(of: Float.self, capacity: plane * 3) { values in
      write(image, isPlanar: isPlanar, to: values, ImageResampler.roundedToBytes)
      for index in 0..<plane * 3 { output[index] = UInt8(values[index]) }
    }
  }

  @inline(__always)
  private func write(
    _ image: RGBImage, isPlanar: Bool, to output: UnsafeMutableBufferPointer<Float>,
    _ transform: (SIMD4<Float>) -> SIMD4<Float>
  ) {
    let (width, plane) = (input.width, input.width * input.height)
    precondition(output.count == plane * 3, "\(output.count) values of input")
    let (pixelStep, channelStep) = isPlanar ? (1, plane) : (3, 1)
    let (red, green, blue) = (
      channels.0 * channelStep, channels.1 * channelStep, channels.2 * channelStep
    )
    let window = window(width: image.width, height: image.height)
    resampler.rows(of: image, window: window) { y, line, coverage in
      var target = y * width * pixelStep
      for x in 0..<width {
        let color = line[x] * coverage[x] + fill * (1 - coverage[x])
        let value = transform(color)
        output[target + red] = value.x
        output[target + green] = value.y
        output[target + blue] = value.z
        target += pixelStep
      }
    }
  }
}
