import MultiBox
import Testing

@testable import Datasets
@testable import ImageFiles
@testable import NetworkInput
@testable import TrainingInput

/// What vector arithmetic makes of an image against plain arithmetic, pixel by pixel: equal to the
/// last bit.
struct FastAugmentationTests {
  private func image(
    width: Int, height: Int, using generator: inout SeededGenerator
  ) -> RGBImage {
    // Few different values, so that channels are often equal.
    let pixels = (0..<width * height * 3).map { _ in
      UInt8(Int.random(in: 0...8, using: &generator) * 31)
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }

  /// The pixel at column `x` and row `y` of the output, rows before columns.
  private func resampled(
    _ image: RGBImage, x: Int, y: Int, _ horizontal: ResamplingFilter.Weights,
    _ vertical: ResamplingFilter.Weights
  ) -> SIMD4<Float> {
    var pixel = SIMD4<Float>.zero
    for row in 0..<vertical.taps where vertical.values[y * vertical.taps + row] > 0 {
      var sum = SIMD4<Float>.zero
      for column in 0..<horizontal.taps where horizontal.values[x * horizontal.taps + column] > 0 {
        let first = (vertical.starts[y] + row) * image.width + horizontal.starts[x] + column
        let color = SIMD4<Float>(
          Float(image.pixels[first * 3]), Float(image.pixels[first * 3 + 1]),
          Float(image.pixels[first * 3 + 2]), 0)
        sum += color * horizontal.values[x * horizontal.taps + column]
      }
      pixel += sum * vertical.values[y * vertical.taps + row]
    }
    return pixel
  }

  @Test(arguments: 1...40) func equalToThePlainDefinition(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    let image = image(
      width: .random(in: 1...70, using: &generator), height: .random(in: 1...50, using: &generator),
      using: &generator)
    let normalization = ImageNormalization(
      mean: [123, 117, 104], standardDeviation: [58, 57, 56])
    var input = InputSpecification(
      width: .random(in: 1...40, using: &generator), height: .random(in: 1...40, using: &generator),
      normalization: normalization)
    input.filter = seed % 4 == 0 ? .bilinear : .antialiasedBilinear
    var policy = AugmentationPolicy.ssd
    policy.flipProbability = 0.5
    let draw = policy.draw(
      width: image.width, height: image.height, groundTruth: [], using: &generator)
    let (width, height) = (input.width, input.height)
    var found = [Float](repeating: .nan, count: width * height * 3)
    found.withUnsafeMutableBufferPointer {
      InputTransform(input).write(image, draw: draw, to: $0)
    }
    let horizontal = input.filter.resampling.weights(
      count: image.width, start: draw.window.xMin, end: draw.window.xMax, outputCount: width)
    let vertical = input.filter.resampling.weights(
      count: image.height, start: draw.window.yMin, end: draw.window.yMax, outputCount: height)
    var expected = found
    for y in 0..<height {
      for x in 0..<width {
        let coverage = horizontal.coverage[x] * vertical.coverage[y]
        let color = PlainPhotometry(draw.photometric)
          .applied(to: resampled(image, x: x, y: y, horizontal, vertical))
        let row = draw.isFlipped ? height - 1 - y : y
        let column = draw.isMirrored ? width - 1 - x : x
        for channel in 0..<3 {
          let factor = 1 / normalization.standardDeviation[channel]
          expected[(row * width + column) * 3 + channel] =
            coverage > 0
            ? (color[channel] - normalization.mean[channel]) * factor * coverage : 0
        }
      }
    }
    #expect(found == expected)
  }
}

/// The photometric changes of one colour, branch by branch.
private struct PlainPhotometry {
  let draw: PhotometricDraw

  init(_ draw: PhotometricDraw) { self.draw = draw }

  func applied(to color: SIMD4<Float>) -> SIMD4<Float> {
    var color = color
    let top = SIMD4<Float>(repeating: 255)
    if draw.brightness != 0 {
      color = (color + Float(draw.brightness)).clamped(lowerBound: .zero, upperBound: top)
    }
    if draw.contrast != 1, draw.isContrastFirst {
      color = (color * Float(draw.contrast)).clamped(lowerBound: .zero, upperBound: top)
    }
    if draw.saturation != 1 || draw.hue != 0 {
      color = hueAndSaturation(color, hue: Float(draw.hue), saturation: Float(draw.saturation))
    }
    if draw.contrast != 1, !draw.isContrastFirst {
      color = (color * Float(draw.contrast)).clamped(lowerBound: .zero, upperBound: top)
    }
    return color
  }

  private func hueAndSaturation(
    _ color: SIMD4<Float>, hue turn: Float, saturation factor: Float
  ) -> SIMD4<Float> {
    let (red, green, blue) = (color.x, color.y, color.z)
    let value = max(red, max(green, blue))
    let chroma = value - min(red, min(green, blue))
    guard chroma > 0 else { return color }
    var sector: Float
    if value == red {
      sector = (green - blue) / chroma
    } else if value == green {
      sector = (blue - red) / chroma + 2
    } else {
      sector = (red - green) / chroma + 4
    }
    sector += turn / 30
    if sector < 0 { sector += 6 }
    if sector >= 6 { sector -= 6 }
    let newChroma = min(chroma * factor, value)
    func channel(_ offset: Float) -> Float {
      var k = offset + sector
      if k >= 6 { k -= 6 }
      return value - newChroma * max(0, min(min(k, 4 - k), 1))
    }
    return SIMD4(channel(5), channel(3), channel(1), 0)
  }
}
