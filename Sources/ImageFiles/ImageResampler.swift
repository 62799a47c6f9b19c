import MultiBox

/// Turns a window of an image into an image of another size, in two passes: rows, then columns.
///
/// Where the window leaves the image, `fill` is put in. Channels come out as `Float`, 0…255.
public struct ImageResampler: Sendable {
  /// Pixels of an output row.
  public var width: Int
  /// Rows of the output.
  public var height: Int
  /// The weights of source pixels.
  public var filter: ResamplingFilter
  /// Rounds what the first pass gives to 8 bit, as Pillow does it.
  public var roundsBetweenPasses = false

  /// Creates a resampler for outputs of one size.
  ///
  /// - Precondition: both sides are above 0.
  public init(width: Int, height: Int, filter: ResamplingFilter = .antialiasedBilinear) {
    precondition(width > 0 && height > 0, "an output of \(width) × \(height) pixels")
    self.width = width
    self.height = height
    self.filter = filter
  }

  /// Calls `body` with output row by row: `width` pixels of red, green, blue and a fourth value
  /// that means nothing, and the share of each pixel that the image covers.
  package func rows(
    of image: RGBImage, window: PixelBox,
    _ body: (
      _ y: Int, _ pixels: UnsafeBufferPointer<SIMD4<Float>>, _ coverage: UnsafeBufferPointer<Float>
    ) -> Void
  ) {
    let horizontal = filter.weights(
      count: image.width, start: window.xMin, end: window.xMax, outputCount: width)
    let vertical = filter.weights(
      count: image.height, start: window.yMin, end: window.yMax, outputCount: height)
    var source = SourceRow(image, columns: horizontal.range)
    // Source rows come in rising order, so a ring of the last ones is enough.
    let ringSize = vertical.taps
    var ring = [SIMD4<Float>](repeating: .zero, count: ringSize * width)
    var ringRow = [Int](repeating: -1, count: ringSize)
    var line = [SIMD4<Float>](repeating: .zero, count: width)
    var coverage = [Float](repeating: 0, count: width)
    for y in 0..<height {
      line.withUnsafeMutableBufferPointer { $0.update(repeating: .zero) }
      for tap in 0..<(vertical.coverage[y] > 0 ? vertical.counts[y] : 0) {
        let weight = vertical.values[y * vertical.taps + tap]
        guard weight > 0 else { continue }
        let row = vertical.starts[y] + tap
        let slot = row % ringSize
        ring.withUnsafeMutableBufferPointer { ring in
          guard let resampled = ring.baseAddress.map({ $0 + slot * width }) else { return }
          if ringRow[slot] != row {
            source.resample(row: row, horizontal, to: resampled)
            if roundsBetweenPasses {
              for x in 0..<width { resampled[x] = Self.roundedToBytes(resampled[x]) }
            }
            ringRow[slot] = row
          }
          line.withUnsafeMutableBufferPointer { line in
            for x in 0..<width { line[x] += resampled[x] * weight }
          }
        }
      }
      coverage.withUnsafeMutableBufferPointer { coverage in
        horizontal.coverage.withUnsafeBufferPointer { ofColumns in
          for x in 0..<width { coverage[x] = ofColumns[x] * vertical.coverage[y] }
        }
      }
      line.withUnsafeBufferPointer { line in
        coverage.withUnsafeBufferPointer { body(y, line, $0) }
      }
    }
  }

  /// Rounds to the whole numbers 0…255, half up, as Pillow does. Adding 2^23 leaves no room for a
  /// fraction; what that rounds to even is put right.
  @inline(__always)
  static func roundedToBytes(_ value: SIMD4<Float>) -> SIMD4<Float> {
    let limited = value.clamped(lowerBound: .zero, upperBound: SIMD4(repeating: 255))
    let nearest = (limited + 0x1p23) - 0x1p23
    return nearest.replacing(with: nearest + 1, where: limited - nearest .== 0.5)
  }

  /// Returns the window as an 8-bit image.
  ///
  /// - Parameters:
  ///   - image: the source.
  ///   - window: the part of the source in its pixels, which may leave it; nil takes all of it.
  ///   - fill: red, green and blue, 0…255, where the window leaves the source.
  public func image(
    of image: RGBImage, window: PixelBox? = nil, fill: SIMD3<Float> = SIMD3(repeating: 0)
  ) -> RGBImage {
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    let whole = PixelBox(width: image.width, height: image.height)
    rows(of: image, window: window ?? whole) { y, line, coverage in
      for x in 0..<width {
        for channel in 0..<3 {
          let value = line[x][channel] * coverage[x] + fill[channel] * (1 - coverage[x])
          // Half up, as Pillow rounds.
          pixels[(y * width + x) * 3 + channel] = UInt8(min(max(value + 0.5, 0), 255))
        }
      }
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }
}

/// A row of an image as numbers, from which the pixels of resampled rows are summed up.
private struct SourceRow {
  private let image: RGBImage
  /// What is looked at.
  private let columns: Range<Int>
  /// Red, green and blue of each column, and one number more: a pixel is read as four, the first of
  /// the next one being the value that means nothing.
  private var numbers: [Float]

  init(_ image: RGBImage, columns: Range<Int>) {
    self.image = image
    self.columns = columns
    numbers = [Float](repeating: 0, count: columns.count * 3 + 1)
  }

  /// Writes a pixel for each output position of `weights`.
  mutating func resample(
    row: Int, _ weights: ResamplingFilter.Weights, to target: UnsafeMutablePointer<SIMD4<Float>>
  ) {
    let first = (row * image.width + columns.lowerBound) * 3
    image.pixels.withUnsafeBufferPointer { pixels in
      numbers.withUnsafeMutableBufferPointer { numbers in
        // Converted once, in a loop of its own, which becomes vector instructions: several output
        // positions look at a pixel.
        let pixels = UnsafeBufferPointer(rebasing: pixels[first..<first + columns.count * 3])
        for index in pixels.indices { numbers[index] = Float(pixels[index]) }
      }
    }
    let pixelSize = 3 * MemoryLayout<Float>.stride
    numbers.withUnsafeBytes { numbers in
      weights.values.withUnsafeBufferPointer { values in
        guard let numbers = numbers.baseAddress, var next = values.baseAddress else { return }
        for output in weights.starts.indices {
          var sum = SIMD4<Float>.zero
          var pixel = numbers + (weights.starts[output] - columns.lowerBound) * pixelSize
          for tap in 0..<weights.counts[output] {
            sum += pixel.loadUnaligned(as: SIMD4<Float>.self) * next[tap]
            pixel += pixelSize
          }
          target[output] = sum
          next += weights.taps
        }
      }
    }
  }
}
