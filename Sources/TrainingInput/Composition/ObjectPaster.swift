import Datasets
import ImageFiles
import MultiBox
import NetworkInput

/// Cuts objects out of a dataset and finds places for them.
struct ObjectPaster: Sendable {
  let dataset: DetectionDataset
  let cache: ImageCache
  let policy: AugmentationPolicy
  /// Of the input.
  let width: Int
  let height: Int
  private typealias Object = (image: Int, object: Int)
  /// For each window of the pass, for each class that has any there, its objects: position of the
  /// image, position in the image.
  private let objects: [[[Object]]]

  init(
    dataset: DetectionDataset, cache: ImageCache, policy: AugmentationPolicy, order: PassOrder,
    width: Int, height: Int
  ) {
    self.dataset = dataset
    self.cache = cache
    self.policy = policy
    self.width = width
    self.height = height
    guard policy.copyPaste.probability > 0 else {
      objects = []
      return
    }
    objects = (0..<order.windowCount).map { window in
      // One that a pass has more than once has its objects once, as where all are at hand.
      Self.objects(
        of: order.windowCount == 1
          ? Array(dataset.images.indices)
          : Set(order.images[order.positions(atHandIn: window)]).sorted(), in: dataset)
    }
  }

  private static func objects(of images: [Int], in dataset: DetectionDataset) -> [[Object]] {
    var objects: [Int: [Object]] = [:]
    for image in images {
      for (object, label) in dataset.images[image].groundTruth.enumerated() where label.isLearned {
        objects[label.classIndex, default: []].append((image, object))
      }
    }
    return objects.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Returns objects to lie over tiles.
  ///
  /// - Parameters:
  ///   - tiles: what is there.
  ///   - window: the number of that window of the pass whose objects are at hand.
  ///   - stream: of the input.
  /// - Throws: what reading an image threw.
  func pasted(
    over tiles: [PictureTile], inWindow window: Int, using stream: inout SeededGenerator
  ) throws -> [PictureTile] {
    let objects = objects[window]
    guard !objects.isEmpty else { return [] }
    let count = Int.random(in: 1...max(policy.copyPaste.maximumCount, 1), using: &stream)
    var boxes = tiles.flatMap { self.boxes(of: $0) }
    var result: [PictureTile] = []
    for number in 0..<count {
      var stream = stream.split(UInt64(number))
      guard let tile = try object(of: objects, beside: boxes, using: &stream) else { continue }
      boxes += self.boxes(of: tile)
      result.append(tile)
    }
    return result
  }

  private func boxes(of tile: PictureTile) -> [PixelBox] {
    tile.groundTruth(width: width, height: height).map {
      $0.box.inPixels(width: width, height: height)
    }
  }

  private func object(
    of objects: [[Object]], beside others: [PixelBox], using stream: inout SeededGenerator
  ) throws -> PictureTile? {
    let ofClass = objects[Int.random(in: objects.indices, using: &stream)]
    let choice = ofClass[Int.random(in: ofClass.indices, using: &stream)]
    let image = dataset.images[choice.image]
    let picture = try cache.pixels(of: image)
    let draw = AugmentationDraw(
      photometric: policy.photometric.draw(using: &stream),
      window: image.groundTruth[choice.object].box.clipped(
        width: picture.width, height: picture.height), sidesBy: policy, using: &stream)
    guard draw.window.hasArea else { return nil }
    let shown = policy.tiles.size(width: picture.width, height: picture.height)
    for _ in 0..<policy.copyPaste.trials {
      let scale = Double.random(in: policy.copyPaste.scale, using: &stream)
      func side(_ part: Double, of whole: Int, in input: Int) -> Int {
        Int((part / Double(whole) * scale * Double(input)).rounded())
      }
      let width = side(draw.window.width, of: shown.width, in: self.width)
      let height = side(draw.window.height, of: shown.height, in: self.height)
      guard width > 0, height > 0, width <= self.width, height <= self.height else { continue }
      let target = InputRegion(
        x: Int.random(in: 0...self.width - width, using: &stream),
        y: Int.random(in: 0...self.height - height, using: &stream), width: width, height: height)
      let box = PixelBox(
        xMin: Double(target.x), yMin: Double(target.y), xMax: Double(target.x + width),
        yMax: Double(target.y + height))
      guard policy.copyPaste.allows(box, over: others) else { continue }
      return PictureTile(
        picture: picture, labels: image.groundTruth, draw: draw,
        keeping: .visibleShare(policy.copyPaste.minimumVisibleShare), target: target)
    }
    return nil
  }
}
