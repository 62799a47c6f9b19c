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
  /// For each class that has any, its objects: position of the image, position in the image.
  private let objects: [[(image: Int, object: Int)]]

  init(
    dataset: DetectionDataset, cache: ImageCache, policy: AugmentationPolicy, width: Int,
    height: Int
  ) {
    self.dataset = dataset
    self.cache = cache
    self.policy = policy
    self.width = width
    self.height = height
    var objects: [Int: [(image: Int, object: Int)]] = [:]
    if policy.copyPaste.probability > 0 {
      for (image, labelled) in dataset.images.enumerated() {
        for (object, label) in labelled.groundTruth.enumerated() where label.isLearned {
          objects[label.classIndex, default: []].append((image, object))
        }
      }
    }
    self.objects = objects.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Returns objects to lie over tiles.
  ///
  /// - Throws: what reading an image threw.
  func pasted(
    over tiles: [PictureTile], using stream: inout SeededGenerator
  ) throws -> [PictureTile] {
    guard !objects.isEmpty else { return [] }
    let count = Int.random(in: 1...max(policy.copyPaste.maximumCount, 1), using: &stream)
    var boxes = tiles.flatMap { self.boxes(of: $0) }
    var result: [PictureTile] = []
    for number in 0..<count {
      var stream = stream.split(UInt64(number))
      guard let tile = try object(beside: boxes, using: &stream) else { continue }
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
    beside others: [PixelBox], using stream: inout SeededGenerator
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
