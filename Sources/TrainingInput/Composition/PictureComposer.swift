import Datasets
import ImageFiles
import MultiBox
import NetworkInput

/// Decides of which images an input is made, and what it shows of each.
struct PictureComposer: Sendable {
  let dataset: DetectionDataset
  let cache: ImageCache
  let policy: AugmentationPolicy
  /// The images of the pass, from which others are drawn.
  let order: PassOrder
  /// Of the input.
  let width: Int
  let height: Int
  private let paster: ObjectPaster

  init(
    dataset: DetectionDataset, cache: ImageCache, policy: AugmentationPolicy, order: PassOrder,
    width: Int, height: Int
  ) {
    self.dataset = dataset
    self.cache = cache
    self.policy = policy
    self.order = order
    self.width = width
    self.height = height
    paster = ObjectPaster(
      dataset: dataset, cache: cache, policy: policy, order: order, width: width, height: height)
  }

  /// Streams that are split off an image's: the numbers of one part shift no other's, and one that
  /// is off changes no bit.
  private enum Stream: UInt64 {
    case mosaic = 1
    case mixup
    case copyPaste
    case tile
  }

  /// Returns what an image's input is made of.
  ///
  /// - Parameters:
  ///   - position: of the image in the order of the pass.
  ///   - generator: the image's own.
  /// - Throws: what reading an image threw.
  func input(at position: Int, using generator: SeededGenerator) throws -> ComposedInput {
    var input = ComposedInput(tiles: try tiles(at: position, using: generator))
    var stream = generator.split(Stream.mixup.rawValue)
    guard Double.random(in: 0..<1, using: &stream) < policy.mixup.probability else { return input }
    let share = policy.mixup.share(using: &stream)
    let other = order.companion(of: position, using: &stream)
    input.other = (try tiles(at: other, using: stream), Float(share))
    return input
  }

  /// Returns an image alone or with three others, and the objects that lie over them.
  func tiles(at position: Int, using generator: SeededGenerator) throws -> [PictureTile] {
    let ground = try ground(at: position, using: generator)
    var stream = generator.split(Stream.copyPaste.rawValue)
    guard Double.random(in: 0..<1, using: &stream) < policy.copyPaste.probability else {
      return ground
    }
    return ground
      + (try paster.pasted(over: ground, inWindow: order.window(at: position), using: &stream))
  }

  private func ground(
    at position: Int, using generator: SeededGenerator
  ) throws -> [PictureTile] {
    var stream = generator.split(Stream.mosaic.rawValue)
    guard Double.random(in: 0..<1, using: &stream) < policy.mosaic.probability else {
      return [try wholeTile(of: order.images[position], using: generator)]
    }
    return try mosaic(around: position, using: &stream)
  }

  /// One image alone.
  private func wholeTile(
    of index: Int, using generator: SeededGenerator
  ) throws -> PictureTile {
    let (picture, labels) = try shown(index, using: generator)
    var generator = generator
    return PictureTile(
      picture: picture, labels: labels,
      draw: policy.draw(
        width: picture.width, height: picture.height, groundTruth: labels, using: &generator),
      keeping: .center, target: InputRegion(width: width, height: height))
  }

  /// An image or a tile of it, with its objects.
  private func shown(
    _ index: Int, using generator: SeededGenerator
  ) throws -> (picture: RGBImage, labels: [LabeledPixelBox]) {
    let image = dataset.images[index]
    var stream = generator.split(Stream.tile.rawValue)
    return policy.tiles.shown(
      try cache.pixels(of: image), image.groundTruth, using: &stream)
  }

  private func mosaic(
    around position: Int, using stream: inout SeededGenerator
  ) throws -> [PictureTile] {
    let regions = policy.mosaic.regions(width: width, height: height, using: &stream)
    let own = Int.random(in: 0..<4, using: &stream)
    return try regions.enumerated().compactMap { number, region in
      guard region.width > 0, region.height > 0 else { return nil }
      var stream = stream.split(UInt64(number))
      let other = order.companion(of: position, using: &stream)
      let (picture, labels) = try shown(
        order.images[number == own ? position : other], using: stream)
      let draw = policy.mosaic.draw(
        width: picture.width, height: picture.height,
        share: (
          Double(region.width) / Double(width), Double(region.height) / Double(height)
        ), isLeft: number % 2 == 0, isUpper: number < 2, policy, using: &stream)
      return PictureTile(
        picture: picture, labels: labels, draw: draw,
        keeping: .visibleShare(policy.mosaic.minimumVisibleShare), target: region)
    }
  }
}
