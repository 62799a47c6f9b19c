import MultiBox

/// Turns a window of an image into an image of another size, in two passes: rows, then columns.
///
/// Where the window leaves the image, `fill` is put in. Channels come out as `Float`, 0…255.
public struct ImageResampler: Sendable {
  public var width: Int
  public var height: Int
  public var filter: ResamplingFilter
  /// Whether what the first pass gives is rounded to 8 bit, as Pillow does it.
  public var roundsBetweenPasses = false

  /// - Parameters:
  ///   - width, height: of the output.
  public init(width: Int, height: Int, filter: ResamplingFilter = .antialiasedBilinear) {
    precondition(width > 0 && height > 0, "an output of \(width) × \(height) pixels")
    self.width = width
    self.height = height
    self.filter = filter
  }

  /// Calls `body` with output row by row: `width` pixels of red, green, blue and a fourth value
  /// that means nothing, and the share of each pixel that the image covers.
  func rows(
    of image: RGBImage, window: Box,
    _ body: (
      _ y: Int, _ pixels: UnsafeBufferPointer<SIMD4<Float>>, _ coverage: UnsafeBufferPointer<Float>
    ) -> Void
  ) {
    let horizontal = filter.weights(
      count: image.width, start: window.xMin, end: window.xMax, outputCount: width)
    let vertical = filter.weights(
      count: image.height, start: window.yMin, end: window.yMax, outputCount: height)
    // Source rows come in rising order, so a ring of the last ones is enough.
    let ringSize = vertical.taps
    var ring = [SIMD4<Float>](repeating: .zero, count: ringSize * width)
    var ringRow = [Int](repeating: -1, count: ringSize)
    var line = [SIMD4<Float>](repeating: .zero, count: width)
    var coverage = [Float](repeating: 0, count: width)
    for y in 0..<height {
      for x in 0..<width { line[x] = .zero }
      if vertical.coverage[y] > 0 {
        for tap in 0..<vertical.taps {
          let weight = vertical.values[y * vertical.taps + tap]
          guard weight > 0 else { continue }
          let row = vertical.starts[y] + tap
          let slot = row % ringSize
          if ringRow[slot] != row {
            Self.resampleRow(
              image, row: row, horizontal, into: &ring, at: slot * width, width: width)
            if roundsBetweenPasses {
              for index in slot * width..<(slot + 1) * width {
                ring[index] = Self.roundedToBytes(ring[index])
              }
            }
            ringRow[slot] = row
          }
          ring.withUnsafeBufferPointer { ring in
            line.withUnsafeMutableBufferPointer { line in
              for x in 0..<width { line[x] += ring[slot * width + x] * weight }
            }
          }
        }
      }
      for x in 0..<width { coverage[x] = horizontal.coverage[x] * vertical.coverage[y] }
      line.withUnsafeBufferPointer { line in
        coverage.withUnsafeBufferPointer { body(y, line, $0) }
      }
    }
  }

  private static func resampleRow(
    _ image: RGBImage, row: Int, _ weights: ResamplingFilter.Weights,
    into ring: inout [SIMD4<Float>], at offset: Int, width: Int
  ) {
    image.pixels.withUnsafeBufferPointer { pixels in
      weights.values.withUnsafeBufferPointer { values in
        ring.withUnsafeMutableBufferPointer { ring in
          let rowStart = row * image.width * 3
          for x in 0..<width {
            var sum = SIMD4<Float>.zero
            let start = weights.starts[x]
            let taps = min(weights.taps, image.width - start)
            var pixel = rowStart + start * 3
            for tap in 0..<taps {
              let weight = values[x * weights.taps + tap]
              let color = SIMD4<Float>(
                Float(pixels[pixel]), Float(pixels[pixel + 1]), Float(pixels[pixel + 2]), 0)
              sum += color * weight
              pixel += 3
            }
            ring[offset + x] = sum
          }
        }
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
  public func image(
    of image: RGBImage, window: Box? = nil, fill: SIMD3<Float> = SIMD3(repeating: 0)
  ) -> RGBImage {
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    let whole = Box(
      xMin: 0, yMin: 0, xMax: Double(image.width), yMax: Double(image.height))
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
