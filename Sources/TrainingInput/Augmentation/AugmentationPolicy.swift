import Datasets
import MultiBox

/// The random changes of training images, drawn anew in each epoch.
///
/// The steps of the original SSD with its parameters; see ``PhotometricDistortion``, ``Expansion``
/// and ``CropSampling``. Drawing and applying are separate:
/// ``draw(width:height:groundTruth:using:)`` decides, ``AugmentationDraw`` is the record. Beside
/// them, and off unless asked for, stands what makes an input of several images: ``Mosaic``,
/// ``Mixup`` and ``CopyPaste``; and what comes before all of it, ``TileSampling``.
///
/// - SeeAlso: SSD §2.2, "Data augmentation", and §3.6 for the expansion.
public struct AugmentationPolicy: Hashable, Sendable {
  /// Tiles of large images in their place; never in the original.
  public var tiles: TileSampling
  /// Changes of colour.
  public var photometric: PhotometricDistortion
  /// The larger canvas that makes objects small.
  public var expansion: Expansion
  /// The part of the canvas that is taken.
  public var crop: CropSampling
  /// Probability of left and right changing places.
  public var mirrorProbability: Double
  /// Probability of top and bottom changing places; 0 in the original, useful where there is no up
  /// and down.
  public var flipProbability: Double
  /// Four images in one; never in the original.
  public var mosaic: Mosaic
  /// Two inputs blended into one; never in the original.
  public var mixup: Mixup
  /// Objects of other images over an input; never in the original.
  public var copyPaste: CopyPaste
  /// The share of a run at whose end no input is made of several images, 0 to below 1: a network
  /// ends with pictures as it will meet them.
  public var plainShare: Double

  /// Creates a policy; without arguments it is the original SSD's.
  public init(
    tiles: TileSampling = TileSampling(),
    photometric: PhotometricDistortion = PhotometricDistortion(),
    expansion: Expansion = Expansion(), crop: CropSampling = CropSampling(),
    mirrorProbability: Double = 0.5, flipProbability: Double = 0, mosaic: Mosaic = Mosaic(),
    mixup: Mixup = Mixup(), copyPaste: CopyPaste = CopyPaste(), plainShare: Double = 0.15
  ) {
    self.tiles = tiles
    self.photometric = photometric
    self.expansion = expansion
    self.crop = crop
    self.mirrorProbability = mirrorProbability
    self.flipProbability = flipProbability
    self.mosaic = mosaic
    self.mixup = mixup
    self.copyPaste = copyPaste
    self.plainShare = plainShare
  }

  /// The original SSD's.
  public static let ssd = AugmentationPolicy()

  /// Milder than the original's: objects shrink at most to half, crops keep half of the side or
  /// more.
  public static let light = AugmentationPolicy(
    expansion: Expansion(maximumRatio: 2),
    crop: CropSampling(minimumOverlaps: [0, 0], scale: 0.5...1))

  /// Images as they are.
  public static let none = AugmentationPolicy(
    photometric: PhotometricDistortion(probability: 0), expansion: Expansion(probability: 0),
    crop: CropSampling(minimumOverlaps: []), mirrorProbability: 0)

  /// True if an input may be made of several images.
  public var composes: Bool {
    mosaic.probability > 0 || mixup.probability > 0 || copyPaste.probability > 0
  }

  /// Returns what happens in an epoch of a run: in the last ones, of ``plainShare``, every input is
  /// made of one image.
  ///
  /// - Parameters:
  ///   - epoch: from 0.
  ///   - epochs: of the whole run. Parts of an epoch are not plain.
  public func inEpoch(_ epoch: Int, of epochs: Int) -> AugmentationPolicy {
    // A product such as .29 · 100 lies below the whole number that it means.
    let plain = Int((plainShare * Double(epochs) + 1e-9).rounded(.down))
    guard epoch >= epochs - min(plain, epochs - 1) else { return self }
    var policy = self
    policy.mosaic.probability = 0
    policy.mixup.probability = 0
    policy.copyPaste.probability = 0
    return policy
  }

  /// Draws what happens to one image, or tile of one, that is alone in its input.
  ///
  /// Numbers are taken in the order photometric distortion, expansion, crop, mirror, flip.
  ///
  /// - Parameters:
  ///   - width: of the image in pixels.
  ///   - height: of the image in pixels.
  ///   - groundTruth: boxes in pixels of the image.
  ///   - generator: gives the random numbers.
  public func draw(
    width: Int, height: Int, groundTruth: [LabeledPixelBox], using generator: inout SeededGenerator
  ) -> AugmentationDraw {
    let distortion = photometric.draw(using: &generator)
    let canvas = expansion.draw(
      width: Double(width), height: Double(height), using: &generator)
    let window = crop.draw(canvas: canvas, groundTruth: groundTruth.map(\.box), using: &generator)
    return AugmentationDraw(
      photometric: distortion, window: window, sidesBy: self, using: &generator)
  }
}

extension AugmentationPolicy: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case tiles, photometric, expansion, crop, mirrorProbability, flipProbability, mosaic, mixup
    case copyPaste, plainShare
  }

  /// Decodes values, with the original SSD's for missing ones.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    self.init()
    tiles = try values.decode(.tiles, default: tiles)
    photometric = try values.decode(.photometric, default: photometric)
    expansion = try values.decode(.expansion, default: expansion)
    crop = try values.decode(.crop, default: crop)
    mirrorProbability = try values.decode(.mirrorProbability, default: mirrorProbability)
    flipProbability = try values.decode(.flipProbability, default: flipProbability)
    mosaic = try values.decode(.mosaic, default: mosaic)
    mixup = try values.decode(.mixup, default: mixup)
    copyPaste = try values.decode(.copyPaste, default: copyPaste)
    plainShare = try values.decode(.plainShare, default: plainShare)
  }
}
