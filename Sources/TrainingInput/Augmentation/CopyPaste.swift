import Datasets
import MultiBox

/// Pastes objects of other images into an input, each with what its box holds.
///
/// The class is drawn first and then one of its objects, so that rare classes come as often as the
/// others. An object is placed anywhere, at a scale, with colours and a mirror of its own, where it
/// overlaps no object by more than a limit; after some trials it is left out. Other objects within
/// its box come along as they do in a ``Mosaic``. Where images come from shards in the windows of a
/// ``ShardedOrder``, objects and classes are those of the image's window: a class that is so rare
/// that a window lacks it is not pasted there.
///
/// - SeeAlso: Dwibedi et al., "Cut, Paste and Learn" (arXiv:1708.01642).
public struct CopyPaste: Hashable, Sendable {
  /// The probability that an input gets objects, 0…1.
  public var probability: Double
  /// The largest number of objects that an input gets; it is drawn from 1 on.
  public var maximumCount: Int
  /// The range of an object's sides in the input, over those that it has in its own.
  public var scale: ClosedRange<Double>
  /// The largest share of the smaller one of two boxes that both may cover, 0…1.
  public var maximumOverlap: Double
  /// Places that are tried for an object.
  public var trials: Int
  /// The share of another object's box that must lie in a pasted one, 0…1.
  public var minimumVisibleShare: Double

  /// Creates the pasting; without arguments it never happens.
  public init(
    probability: Double = 0, maximumCount: Int = 3, scale: ClosedRange<Double> = 0.5...1.5,
    maximumOverlap: Double = 0.2, trials: Int = 20, minimumVisibleShare: Double = 0.25
  ) {
    self.probability = probability
    self.maximumCount = maximumCount
    self.scale = scale
    self.maximumOverlap = maximumOverlap
    self.trials = trials
    self.minimumVisibleShare = minimumVisibleShare
  }

  /// True if an object may lie over what is there.
  func allows(_ box: PixelBox, over others: [PixelBox]) -> Bool {
    others.allSatisfy {
      $0.intersectionArea(box) <= maximumOverlap * min($0.area, box.area)
    }
  }
}

extension CopyPaste: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case probability, maximumCount, scale, maximumOverlap, trials, minimumVisibleShare
  }

  /// Decodes values, with the initializer's for missing ones.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    self.init()
    probability = try values.decode(.probability, default: probability)
    maximumCount = try values.decode(.maximumCount, default: maximumCount)
    scale = try values.decodeRange(.scale, default: scale)
    maximumOverlap = try values.decode(.maximumOverlap, default: maximumOverlap)
    trials = try values.decode(.trials, default: trials)
    minimumVisibleShare = try values.decode(.minimumVisibleShare, default: minimumVisibleShare)
  }
}
