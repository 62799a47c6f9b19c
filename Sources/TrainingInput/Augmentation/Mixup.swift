import Datasets
import MultiBox

/// Blends two inputs, pixel by pixel.
///
/// The share of the first is drawn from Beta(a, a), which is symmetric around one half and narrow
/// for a large a. The second is drawn as those of a ``Mosaic`` are. The boxes of both
/// are objects with their whole weight, whatever the shares are.
///
/// - SeeAlso: Zhang et al. (arXiv:1710.09412); for detection, Zhang et al. (arXiv:1902.04103).
public struct Mixup: Hashable, Sendable {
  /// The probability that an input is blended with another, 0…1.
  public var probability: Double
  /// a of Beta(a, a), from 1: the shares are equally probable then.
  public var concentration: Int

  /// Creates the blending; without arguments it never happens.
  public init(probability: Double = 0, concentration: Int = 8) {
    self.probability = probability
    self.concentration = concentration
  }

  /// The share of the first input: of 2a − 1 numbers of 0…1 the middle one is Beta(a, a).
  func share(using generator: inout SeededGenerator) -> Double {
    let numbers = (0..<2 * max(concentration, 1) - 1).map { _ in
      Double.random(in: 0..<1, using: &generator)
    }
    return numbers.sorted()[numbers.count / 2]
  }
}

extension Mixup: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable { case probability, concentration }

  /// Decodes values, with the initializer's for missing ones.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    self.init()
    probability = try values.decode(.probability, default: probability)
    concentration = try values.decode(.concentration, default: concentration)
  }
}
