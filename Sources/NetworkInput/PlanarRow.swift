/// A row of pixels, channel by channel, for arithmetic on eight at a time.
package struct PlanarRow {
  private let width: Int
  /// Vectors of a channel; the last one may reach beyond the row.
  package let vectorCount: Int
  /// Channels, 0…255 until they are normalized.
  package let red: UnsafeMutablePointer<SIMD8<Float>>
  package let green: UnsafeMutablePointer<SIMD8<Float>>
  package let blue: UnsafeMutablePointer<SIMD8<Float>>
  /// The share of each pixel that the image covers.
  private let coverage: UnsafeMutablePointer<SIMD8<Float>>

  static func vectorCount(width: Int) -> Int { 4 * ((width + 7) / 8) }

  /// - Parameter buffer: for ``vectorCount(width:)`` vectors; lives as long as the row.
  /// - Returns: nil for a row without pixels.
  init?(width: Int, buffer: UnsafeMutableBufferPointer<SIMD8<Float>>) {
    guard let start = buffer.baseAddress else { return nil }
    buffer.initialize(repeating: SIMD8())
    self.width = width
    vectorCount = (width + 7) / 8
    red = start
    green = start + vectorCount
    blue = start + 2 * vectorCount
    coverage = start + 3 * vectorCount
  }

  // MARK: Arithmetic

  /// Changes all channels alike.
  @inline(__always)
  func update(_ change: (SIMD8<Float>) -> SIMD8<Float>) {
    for index in 0..<3 * vectorCount { red[index] = change(red[index]) }
  }

  /// (c − mean) · factor, and 0 where the image does not reach: what the mean becomes.
  func normalizeWithinImage(mean: SIMD3<Float>, factor: SIMD3<Float>) {
    for index in 0..<vectorCount {
      let covered = coverage[index]
      let isOutside = covered .<= 0
      red[index] = ((red[index] - mean.x) * factor.x * covered).replacing(with: 0, where: isOutside)
      green[index] =
        ((green[index] - mean.y) * factor.y * covered).replacing(with: 0, where: isOutside)
      blue[index] =
        ((blue[index] - mean.z) * factor.z * covered).replacing(with: 0, where: isOutside)
    }
  }

  /// (c − mean) · factor.
  func normalize(mean: SIMD3<Float>, factor: SIMD3<Float>) {
    for index in 0..<vectorCount {
      red[index] = (red[index] - mean.x) * factor.x
      green[index] = (green[index] - mean.y) * factor.y
      blue[index] = (blue[index] - mean.z) * factor.z
    }
  }

  /// Mixes the colour in as far as the image does not cover a pixel.
  func blend(with fill: SIMD3<Float>) {
    for index in 0..<vectorCount {
      let covered = coverage[index]
      let rest = 1 - covered
      red[index] = red[index] * covered + fill.x * rest
      green[index] = green[index] * covered + fill.y * rest
      blue[index] = blue[index] * covered + fill.z * rest
    }
  }

  // MARK: Memory

  func load(
    _ line: UnsafeBufferPointer<SIMD4<Float>>, coverage shares: UnsafeBufferPointer<Float>
  ) {
    withNumbers { red, green, blue, covered in
      for x in 0..<width {
        red[x] = line[x].x
        green[x] = line[x].y
        blue[x] = line[x].z
        covered[x] = shares[x]
      }
    }
  }

  /// Writes the row into row `y` of an input, from column `x` on.
  func store(
    to output: UnsafeMutableBufferPointer<Float>, y: Int, x left: Int,
    of input: InputSpecification, _ layout: InputTransform.Layout, isMirrored: Bool
  ) {
    let (pixelStep, channelStep) =
      layout == .planar ? (1, input.width * input.height) : (3, 1)
    let first = (y * input.width + left) * pixelStep
    let step = isMirrored ? -pixelStep : pixelStep
    withNumbers { red, green, blue, _ in
      let channels = input.channelOrder == .rgb ? (red, green, blue) : (blue, green, red)
      var target = isMirrored ? first + (width - 1) * pixelStep : first
      for x in 0..<width {
        output[target] = channels.0[x]
        output[target + channelStep] = channels.1[x]
        output[target + 2 * channelStep] = channels.2[x]
        target += step
      }
    }
  }

  private func withNumbers(
    _ body: (
      _ red: UnsafeMutablePointer<Float>, _ green: UnsafeMutablePointer<Float>,
      _ blue: UnsafeMutablePointer<Float>, _ coverage: UnsafeMutablePointer<Float>
    ) -> Void
  ) {
    red.withMemoryRebound(to: Float.self, capacity: vectorCount * 32) { numbers in
      body(
        numbers, numbers + vectorCount * 8, numbers + vectorCount * 16, numbers + vectorCount * 24)
    }
  }
}

extension Float {
  /// The nearest of 0…255, half up, as ``SIMD8/roundedToBytes`` has it.
  ///
  /// By plain steps, which the compiler makes vectors of: a conversion that checks takes ten times
  /// as long.
  @inline(__always)
  var roundedToByte: UInt8 {
    let limited = self < 0 ? 0 : self > 255 ? 255 : self
    let even = (limited + 0x1p23) - 0x1p23
    let nearest = limited - even == 0.5 ? even + 1 : even
    // The last eight bits of 2²³ + n are n.
    return UInt8(truncatingIfNeeded: (nearest + 0x1p23).bitPattern)
  }
}

extension SIMD8<Float> {
  /// The whole numbers 0…255, half up, as `ImageResampler` rounds between its passes.
  @inline(__always)
  var roundedToBytes: SIMD8<Float> {
    let limited = clamped(lowerBound: .zero, upperBound: SIMD8(repeating: 255))
    let nearest = (limited + 0x1p23) - 0x1p23
    return nearest.replacing(with: nearest + 1, where: limited - nearest .== 0.5)
  }
}
