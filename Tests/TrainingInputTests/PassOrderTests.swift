import Datasets
import Files
import ImageFiles
import MultiBox
import NetworkInput
import Testing

@testable import TrainingInput

/// The images that go with an image into one input.
struct PassOrderTests {
  // By hand: windows of 4 of 10 images; the last one has 2 and reaches back by 2.
  @Test func windowsAreWhole() {
    let order = PassOrder(Array(0..<10), window: 4)
    #expect(order.windowCount == 3)
    #expect((0..<10).map(order.window(at:)) == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2])
    #expect((0..<3).map(order.positions(atHandIn:)) == [0..<4, 4..<8, 6..<10])
    let all = PassOrder(Array(0..<10))
    #expect(all.windowCount == 1 && all.window(at: 9) == 0)
    #expect(all.positions(atHandIn: 0) == 0..<10)
    #expect(PassOrder(Array(0..<3), window: 4).positions(atHandIn: 0) == 0..<3)
  }

  /// Images of shards with two objects each, and what was read of them, in order.
  private func dataset(_ count: Int) -> DetectionDataset {
    DetectionDataset(
      classNames: ["a", "b", "rare"],
      images: (0..<count).map { index in
        DatasetImage(
          name: "\(index)",
          source: .embedded(FilePart(path: "\(index / 6).tar", offset: index, length: 1)),
          width: 8, height: 8,
          groundTruth: (0..<2).map { object in
            LabeledPixelBox(
              box: PixelBox(xMin: 0, yMin: 0, xMax: 4, yMax: 4),
              // The last image alone has the rare class.
              classIndex: index == count - 1 ? 2 : object)
          })
      })
  }

  private static let cache = ImageCache { image in
    // The picture says which image it is of.
    RGBImage(
      width: 8, height: 8,
      pixels: [UInt8](repeating: UInt8(image.name) ?? 255, count: 8 * 8 * 3))
  }

  private func images(in input: ComposedInput) -> [Int] {
    (input.tiles + (input.other?.tiles ?? [])).map { Int($0.picture.pixels[0]) }
  }

  private var policy: AugmentationPolicy {
    var policy = AugmentationPolicy.none
    policy.mosaic = Mosaic(probability: 1)
    policy.mixup.probability = 1
    policy.copyPaste = CopyPaste(probability: 1, scale: 0.5...1, maximumOverlap: 1)
    return policy
  }

  private func composer(_ order: PassOrder) -> PictureComposer {
    PictureComposer(
      dataset: dataset(22), cache: Self.cache, policy: policy, order: order, width: 8, height: 8)
  }

  // Mosaic, blend and pasted objects together; the last window reaches back to position 14.
  @Test func othersComeFromTheWindow() throws {
    let images = Array((0..<22).reversed())
    let windowed = composer(PassOrder(images, window: 8))
    let free = composer(PassOrder(images))
    var seen: [Set<Int>] = [[], [], []]
    var leaves = 0
    for position in images.indices {
      for seed in 0..<20 as Range<UInt64> {
        let stream = SeededGenerator(seed: seed).split(UInt64(position))
        let found = self.images(in: try windowed.input(at: position, using: stream))
        #expect(found.count >= 8)
        let window = position / 8
        seen[window].formUnion(found)
        let own = [0..<8, 8..<16, 8..<22][window].map { images[$0] }
        if !self.images(in: try free.input(at: position, using: stream)).allSatisfy(own.contains) {
          leaves += 1
        }
      }
    }
    // Each image of a window comes, and no other; those at hand in the last one are at positions
    // 14 to 21, of which two have the second window's as company.
    #expect(seen[0] == Set(images[0..<8]))
    #expect(seen[1] == Set(images[8..<16]))
    #expect(seen[2].isSuperset(of: images[14..<22]))
    #expect(seen[2].isSubset(of: images[8..<22]))
    // Without a window they come from anywhere: else this could not fail.
    #expect(leaves > 300, "\(leaves)")
  }

  // The rare class is drawn as often as the others where it is at hand, and nowhere else.
  @Test func aWindowPastesItsOwnClasses() throws {
    // The last image is in the first window.
    let order = PassOrder(Array((0..<22).reversed()), window: 8)
    let data = dataset(22)
    var policy = AugmentationPolicy.none
    policy.copyPaste = CopyPaste(probability: 1, maximumCount: 1, maximumOverlap: 1)
    let paster = ObjectPaster(
      dataset: data, cache: Self.cache, policy: policy, order: order, width: 8, height: 8)
    var rare = [0, 0, 0]
    for window in 0..<3 {
      for seed in 0..<300 as Range<UInt64> {
        var stream = SeededGenerator(seed: seed)
        let pasted = try paster.pasted(over: [], inWindow: window, using: &stream)
        #expect(pasted.count == 1)
        if pasted.first?.picture.pixels[0] == 21 { rare[window] += 1 }
      }
    }
    #expect(abs(rare[0] - 100) < 30 && rare[1] == 0 && rare[2] == 0, "\(rare)")
  }

  // Shards of more images than a window: which images a batch shows follows from seed and position,
  // in one process and in two, from the beginning and from the middle.
  @Test(arguments: [ImageSampling.uniform, .balanced])
  func companyFollowsFromSeedAndPosition(sampling: ImageSampling) throws {
    let count = ShardedOrder.window + 40
    let data = DetectionDataset(
      classNames: ["a"],
      images: (0..<count).map { index in
        DatasetImage(
          name: "\(index)",
          source: .embedded(FilePart(path: "\(index / 3000).tar", offset: index, length: 1)),
          width: 4, height: 4,
          groundTruth: [
            LabeledPixelBox(
              box: PixelBox(xMin: 0, yMin: 0, xMax: 2, yMax: 2), classIndex: index % 2)
          ])
      })
    let cache = ImageCache(byteLimit: 0) { image in
      let number = Int(image.name) ?? 0
      return RGBImage(
        width: 4, height: 4,
        pixels: (0..<48).map { UInt8($0 % 2 == 0 ? number & 255 : number >> 8) })
    }
    func batches(_ share: BatchShare, start: Int) throws -> [Batch] {
      let loader = BatchLoader(
        dataset: data, cache: cache,
        configuration: BatchLoader.Configuration(
          batchSize: 4, input: InputSpecification(width: 4, height: 4, normalization: .unitRange),
          augmentation: policy, seed: 9, epoch: 1, startingBatch: start, shuffles: true,
          sampling: sampling, dropsLast: true, share: share))
      return try (0..<3).map { _ in try #require(try loader.next()) }
    }
    // The border of the two windows is in the second one: 8192 / 4 = 2048.
    let whole = try batches(.whole, start: 2046)
    let later = try batches(.whole, start: 2047)
    #expect(whole.dropFirst().map(\.pixels) == later.prefix(2).map(\.pixels))
    let parts = try (0..<2).map { try batches(BatchShare(index: $0, count: 2), start: 2046) }
    for (number, batch) in whole.enumerated() {
      #expect(parts.flatMap { $0[number].pixels } == batch.pixels)
      #expect(parts.flatMap { $0[number].groundTruth } == batch.groundTruth)
    }
    #expect(whole[0].pixels != whole[1].pixels)
  }
}
