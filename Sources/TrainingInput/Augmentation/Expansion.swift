import Datasets
import MultiBox

/// Places the image on a larger canvas, so that its objects become small.
public struct Expansion: Hashable, Sendable {
  /// The probability of a larger canvas, 0…1.
  public var probability: Double
  /// The largest ratio of the canvas' sides to the image's, from 1.
  public var maximumRatio: Double

  /// Creates the expansion; without arguments it is the original SSD's.
  public init(probability: Double = 0.5, maximumRatio: Double = 4) {
    self.probability = probability
    self.maximumRatio = maximumRatio
  }

  /// Returns the canvas in pixels of the image: it starts at or before 0.
  func draw(width: Double, height: Double, using generator: inout SeededGenerator) -> PixelBox {
    let happens = Double.random(in: 0..<1, using: &generator) < probability
    let ratio = Double.random(in: 1...max(maximumRatio, 1), using: &generator)
    let left = Double.random(in: 0...1, using: &generator) * (ratio - 1) * width
    let top = Double.random(in: 0...1, using: &generator) * (ratio - 1) * height
    guard happens else { return PixelBox(xMin: 0, yMin: 0, xMax: width, yMax: height) }
    return PixelBox(xMin: -left, yMin: -top, xMax: ratio * width - left, yMax: ratio * height - top)
  }
}

extension Expansion: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case probability, maximumRatio
  }

  /// Decodes values, with the original SSD's for missing ones.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    self.init()
    probability = try values.decode(.probability, default: probability)
    maximumRatio = try values.decode(.maximumRatio, default: maximumRatio)
  }
}
