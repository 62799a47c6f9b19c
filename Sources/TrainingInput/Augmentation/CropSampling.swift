import Datasets
import MultiBox

/// Chooses the part of the canvas that becomes the training image.
///
/// One of these with equal probability: the whole canvas, a crop that overlaps some object by a
/// minimum IoU (one choice for each of `minimumOverlaps`), any crop. A crop has a scale s and an
/// aspect ratio a, its sides are s√a and s/√a of the canvas, a limited so that it fits. After 50
/// crops without an object of the minimum IoU the choice is made anew.
public struct CropSampling: Hashable, Sendable {
  /// Minimum IoU of a crop with some object; 0 takes any crop. Empty: the whole canvas always.
  public var minimumOverlaps: [Double]
  /// The range of s, in shares of the canvas, 0…1.
  public var scale: ClosedRange<Double>
  /// The range of a: width / height of the crop over that of the canvas.
  public var aspectRatio: ClosedRange<Double>
  /// Crops that are tried before the choice is made anew.
  public var trials: Int

  /// Creates the sampling; without arguments it is the original SSD's.
  public init(
    minimumOverlaps: [Double] = [0.1, 0.3, 0.5, 0.7, 0.9, 0], scale: ClosedRange<Double> = 0.3...1,
    aspectRatio: ClosedRange<Double> = 0.5...2, trials: Int = 50
  ) {
    self.minimumOverlaps = minimumOverlaps
    self.scale = scale
    self.aspectRatio = aspectRatio
    self.trials = trials
  }

  /// - Parameters:
  ///   - canvas: in pixels of the image.
  ///   - groundTruth: in the same pixels.
  func draw(
    canvas: PixelBox, groundTruth: [PixelBox], using generator: inout SeededGenerator
  ) -> PixelBox {
    while true {
      let choice = Int.random(in: 0...minimumOverlaps.count, using: &generator)
      guard choice > 0 else { return canvas }
      let minimum = minimumOverlaps[choice - 1]
      for _ in 0..<trials {
        let crop = trial(canvas, using: &generator)
        if minimum <= 0
          || groundTruth.contains(where: { $0.intersectionOverUnion(crop) >= minimum })
        {
          return crop
        }
      }
    }
  }

  private func trial(_ canvas: PixelBox, using generator: inout SeededGenerator) -> PixelBox {
    let side = Double.random(in: scale, using: &generator)
    let low = max(aspectRatio.lowerBound, side * side)
    let high = min(aspectRatio.upperBound, 1 / (side * side))
    let root = Double.random(in: low...max(low, high), using: &generator).squareRoot()
    let width = min(side * root, 1) * canvas.width
    let height = min(side / root, 1) * canvas.height
    let x = canvas.xMin + Double.random(in: 0...1, using: &generator) * (canvas.width - width)
    let y = canvas.yMin + Double.random(in: 0...1, using: &generator) * (canvas.height - height)
    return PixelBox(xMin: x, yMin: y, xMax: x + width, yMax: y + height)
  }
}

extension CropSampling: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case minimumOverlaps, scale, aspectRatio, trials
  }

  /// Decodes values, with the original SSD's for missing ones.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    self.init()
    minimumOverlaps = try values.decode(.minimumOverlaps, default: minimumOverlaps)
    scale = try values.decodeRange(.scale, default: scale)
    aspectRatio = try values.decodeRange(.aspectRatio, default: aspectRatio)
    trials = try values.decode(.trials, default: trials)
  }
}
