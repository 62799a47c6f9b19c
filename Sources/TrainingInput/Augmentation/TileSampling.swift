import Datasets
import ImageFiles
import MultiBox

/// Shows a large image in tiles, for objects that are small in it: a training sees them at the size
/// that a detector in tiles of the same side does.
///
/// Each time an image comes, one tile stands in its place, before anything else happens to it. The
/// tile lies around one of the objects, each equally probable and anywhere in the tile; or, with a
/// probability, and where there is no object, anywhere in the image. An object longer than the tile
/// fills it. Boxes are clipped to the tile; one of which too little is left becomes a region that
/// is ignored. An image that is no larger than a tile is taken whole.
public struct TileSampling: Hashable, Sendable {
  /// The side of a tile in pixels of the image, above 0; nil shows whole images.
  public var side: Int?
  /// The probability that a tile lies anywhere and not around an object, 0…1.
  public var backgroundProbability: Double
  /// The share of a box that must lie in the tile, 0…1, so that it is learned.
  public var minimumVisibleShare: Double

  /// Creates the sampling; without arguments images are shown whole.
  public init(
    side: Int? = nil, backgroundProbability: Double = 0.25, minimumVisibleShare: Double = 0.25
  ) {
    self.side = side
    self.backgroundProbability = backgroundProbability
    self.minimumVisibleShare = minimumVisibleShare
  }

  /// Returns an image as it is shown: a tile of it, or all of it.
  ///
  /// - Parameters:
  ///   - picture: the image.
  ///   - groundTruth: boxes in its pixels.
  ///   - generator: gives the random numbers.
  /// - Returns: the pixels, and the boxes in those.
  func shown(
    _ picture: RGBImage, _ groundTruth: [LabeledPixelBox], using generator: inout SeededGenerator
  ) -> (picture: RGBImage, labels: [LabeledPixelBox]) {
    let (width, height) = (picture.width, picture.height)
    guard size(width: width, height: height) != (width, height) else {
      return (picture, groundTruth)
    }
    let tile = draw(width: width, height: height, groundTruth: groundTruth, using: &generator)
    guard let part = picture.cropped(to: tile) else { return (picture, groundTruth) }
    return (part, labels(groundTruth, in: tile))
  }

  /// Returns the size of what is shown of an image of `width` × `height` pixels.
  func size(width: Int, height: Int) -> (width: Int, height: Int) {
    (min(side ?? width, width), min(side ?? height, height))
  }

  /// Draws a tile, of whole pixels.
  func draw(
    width: Int, height: Int, groundTruth: [LabeledPixelBox], using generator: inout SeededGenerator
  ) -> PixelBox {
    let isAnywhere = Double.random(in: 0..<1, using: &generator) < backgroundProbability
    let objects = isAnywhere ? [] : groundTruth.filter(\.isLearned)
    let object = objects.randomElement(using: &generator)?.box
    let size = size(width: width, height: height)
    let x = Self.start(
      size.width, of: width, around: object.map { ($0.xMin, $0.xMax) }, using: &generator)
    let y = Self.start(
      size.height, of: height, around: object.map { ($0.yMin, $0.yMax) }, using: &generator)
    return PixelBox(
      xMin: Double(x), yMin: Double(y), xMax: Double(x + size.width),
      yMax: Double(y + size.height))
  }

  /// Draws where a tile begins in one direction: so that an object lies within it or, where that is
  /// longer, the tile within the object.
  private static func start(
    _ length: Int, of whole: Int, around object: (lower: Double, upper: Double)?,
    using generator: inout SeededGenerator
  ) -> Int {
    let last = whole - length
    guard let object else { return Int.random(in: 0...last, using: &generator) }
    let (one, other) = (object.lower, object.upper - Double(length))
    func inImage(_ place: Double) -> Int { Int(min(max(place, 0), Double(last))) }
    let low = inImage(min(one, other).rounded(.up))
    let high = inImage(max(one, other).rounded(.down))
    // An object as long as the tile to a fraction of a pixel leaves no whole one in between.
    return Int.random(in: min(low, high)...max(low, high), using: &generator)
  }

  /// Returns what a tile shows of boxes, in its own pixels.
  ///
  /// - Parameters:
  ///   - groundTruth: boxes in pixels of the image.
  ///   - tile: in pixels of the image.
  package func labels(_ groundTruth: [LabeledPixelBox], in tile: PixelBox) -> [LabeledPixelBox] {
    groundTruth.compactMap { labeled in
      let box = labeled.box
      let visible = box.intersectionArea(tile)
      guard visible > 0 else { return nil }
      var placed = labeled
      placed.box = PixelBox(
        xMin: max(box.xMin, tile.xMin) - tile.xMin, yMin: max(box.yMin, tile.yMin) - tile.yMin,
        xMax: min(box.xMax, tile.xMax) - tile.xMin, yMax: min(box.yMax, tile.yMax) - tile.yMin)
      if visible < minimumVisibleShare * box.area { placed.isIgnored = true }
      return placed
    }
  }
}

extension TileSampling: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case side, backgroundProbability, minimumVisibleShare
  }

  /// Decodes values, with the initializer's for missing ones.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    self.init()
    side = try values.decodeIfPresent(Int.self, forKey: .side)
    backgroundProbability = try values.decode(
      .backgroundProbability, default: backgroundProbability)
    minimumVisibleShare = try values.decode(.minimumVisibleShare, default: minimumVisibleShare)
  }
}
