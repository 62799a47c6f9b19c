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
    let isPlain = draw.photometric.isIdentity
    let mean = SIMD3(normalization.mean)
    let factor = 1 / SIMD3(normalization.standardDeviation)
    withUnsafeTemporaryAllocation(
      of: SIMD8<Float>.self, capacity: PlanarRow.vectorCount(width: width)
    ) { buffer in
      let planar = PlanarRow(width: width, buffer: buffer)
      resampler.rows(of: image, window: draw.window) { y, line, coverage in
        planar.load(line, coverage: coverage)
        planar.update { colors, coverage in
          if !isPlain { draw.photometric.apply(to: &colors) }
          colors.red = (colors.red - mean.x) * factor.x * coverage
          colors.green = (colors.green - mean.y) * factor.y * coverage
          colors.blue = (colors.blue - mean.z) * factor.z * coverage
          // Fill is the mean, which normalization turns into 0.
          colors.update { $0.replacing(with: 0, where: coverage .<= 0) }
        }
        let row = (draw.isFlipped ? height - 1 - y : y) * width * 3
        planar.store(
          to: UnsafeMutableBufferPointer(rebasing: output[row..<row + width * 3]),
          isMirrored: draw.isMirrored)
      }
    }
  }
}

/// A row of pixels, channel by channel, for arithmetic on eight at a time.
private struct PlanarRow {
  private let width: Int
  /// Vectors of a channel; the last one may reach beyond the row.
  private let count: Int
  /// Red, green, blue and coverage.
  private let planes: UnsafeMutableBufferPointer<SIMD8<Float>>

  static func vectorCount(width: Int) -> Int { 4 * ((width + 7) / 8) }

  /// - Parameter buffer: for ``vectorCount(width:)`` vectors; lives as long as the row.
  init(width: Int, buffer: UnsafeMutableBufferPointer<SIMD8<Float>>) {
    self.width = width
    count = (width + 7) / 8
    planes = buffer
    planes.initialize(repeating: SIMD8())
  }

  private func withPlanes(
    _ body: (
      _ red: UnsafeMutablePointer<Float>, _ green: UnsafeMutablePointer<Float>,
      _ blue: UnsafeMutablePointer<Float>, _ coverage: UnsafeMutablePointer<Float>
    ) -> Void
  ) {
    planes.withMemoryRebound(to: Float.self) { numbers in
      guard let red = numbers.baseAddress else { return }
      body(red, red + count * 8, red + count * 16, red + count * 24)
    }
  }

  func load(
    _ line: UnsafeBufferPointer<SIMD4<Float>>, coverage: UnsafeBufferPointer<Float>
  ) {
    withPlanes { red, green, blue, covered in
      for x in 0..<width {
        red[x] = line[x].x
        green[x] = line[x].y
        blue[x] = line[x].z
        covered[x] = coverage[x]
      }
    }
  }

  @inline(__always)
  func update(_ change: (_ colors: inout ColorLanes, _ coverage: SIMD8<Float>) -> Void) {
    for index in 0..<count {
      var colors = ColorLanes(
        red: planes[index], green: planes[count + index], blue: planes[2 * count + index])
      change(&colors, planes[3 * count + index])
      planes[index] = colors.red
      planes[count + index] = colors.green
      planes[2 * count + index] = colors.blue
    }
  }

  func store(to output: UnsafeMutableBufferPointer<Float>, isMirrored: Bool) {
    let step = isMirrored ? -3 : 3
    var target = isMirrored ? (width - 1) * 3 : 0
    withPlanes { red, green, blue, _ in
      for x in 0..<width {
        output[target] = red[x]
        output[target + 1] = green[x]
        output[target + 2] = blue[x]
        target += step
      }
    }
  }
}
