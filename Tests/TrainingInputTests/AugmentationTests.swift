import Datasets
import Foundation
import ImageFiles
import MultiBox
import NetworkInput
import Synchronization
import Testing

@testable import TrainingInput

private let plainInput = InputSpecification(
  width: 32, height: 32,
  normalization: ImageNormalization(mean: [0, 0, 0], standardDeviation: [1, 1, 1]))

struct AugmentationTests {
  private let boxes = [
    LabeledPixelBox(box: PixelBox(xMin: 20, yMin: 30, xMax: 60, yMax: 70), classIndex: 1),
    LabeledPixelBox(box: PixelBox(xMin: 120, yMin: 10, xMax: 190, yMax: 80), classIndex: 2),
  ]

  /// - Parameter boxes: nil takes those of all tests.
  private func draws(
    _ policy: AugmentationPolicy, _ count: Int, around boxes: [LabeledPixelBox]? = nil
  ) -> [AugmentationDraw] {
    (0..<count).map {
      var generator = SeededGenerator(seed: 9).split(UInt64($0))
      return policy.draw(
        width: 200, height: 100, groundTruth: boxes ?? self.boxes, using: &generator)
    }
  }

  // Each with probability ½; 4000 draws have a deviation of 0.8 %.
  @Test func parametersHaveTheOriginalsProbabilitiesAndRanges() {
    let draws = draws(.ssd, 4000)
    func share(_ condition: (AugmentationDraw) -> Bool) -> Double {
      Double(draws.count(where: condition)) / 4000
    }
    let half = 0.46...0.54
    #expect(half.contains(share { $0.photometric.brightness != 0 }))
    #expect(half.contains(share { $0.photometric.contrast != 1 }))
    #expect(half.contains(share { $0.photometric.saturation != 1 }))
    #expect(half.contains(share { $0.photometric.hue != 0 }))
    #expect(half.contains(share { $0.photometric.isContrastFirst }))
    #expect(half.contains(share { $0.isMirrored }))
    #expect(share { $0.isFlipped } == 0)
    for draw in draws {
      #expect(abs(draw.photometric.brightness) <= 32)
      #expect((0.5...1.5).contains(draw.photometric.contrast))
      #expect((0.5...1.5).contains(draw.photometric.saturation))
      #expect(abs(draw.photometric.hue) <= 18)
    }
    #expect((draws.map(\.photometric.brightness).max() ?? 0) > 31)
    #expect((draws.map(\.photometric.hue).min() ?? 0) < -17)
  }

  @Test func expansionStaysAroundTheImage() {
    let policy = AugmentationPolicy(crop: CropSampling(minimumOverlaps: []))
    let draws = draws(policy, 2000)
    let expanded = draws.filter { $0.window.width > 200 }
    #expect((0.45...0.55).contains(Double(expanded.count) / 2000))
    for draw in expanded {
      #expect(draw.window.xMin <= 0 && draw.window.xMax >= 200)
      #expect(draw.window.yMin <= 0 && draw.window.yMax >= 100)
      #expect(draw.window.width <= 800 + 1e-9)
      #expect(abs(draw.window.width / draw.window.height - 2) < 1e-9)
    }
    #expect((expanded.map(\.window.width).max() ?? 0) > 780)
  }

  @Test(arguments: [0.1, 0.3, 0.5, 0.7, 0.9])
  func cropsMeetTheirMinimumOverlap(minimum: Double) {
    let policy = AugmentationPolicy(
      expansion: Expansion(probability: 0), crop: CropSampling(minimumOverlaps: [minimum]))
    // Only around a large object is there a crop of IoU .7 or more among 50 trials.
    let large = LabeledPixelBox(
      box: PixelBox(xMin: 10, yMin: 5, xMax: 180, yMax: 90), classIndex: 1)
    let boxes = boxes + [large]
    let crops = draws(policy, 300, around: boxes).filter {
      $0.window.width < 200 || $0.window.height < 100
    }
    #expect(crops.count > 30)
    for draw in crops {
      #expect(boxes.contains { $0.box.intersectionOverUnion(draw.window) >= minimum })
    }
  }

  @Test func anyCropHasTheOriginalsScaleAndAspect() {
    let policy = AugmentationPolicy(
      expansion: Expansion(probability: 0), crop: CropSampling(minimumOverlaps: [0]))
    let windows = draws(policy, 2000).map(\.window).filter { $0.width < 200 || $0.height < 100 }
    #expect((0.45...0.55).contains(Double(windows.count) / 2000))
    for window in windows {
      let width = window.width / 200
      let height = window.height / 100
      #expect((0.3 - 1e-9...1 + 1e-9).contains((width * height).squareRoot()))
      #expect((0.5 - 1e-9...2 + 1e-9).contains(width / height))
      #expect(window.xMin >= -1e-9 && window.xMax <= 200 + 1e-9)
    }
  }

  @Test func boxesAreKeptByTheirCentre() {
    let draw = AugmentationDraw(
      photometric: PhotometricDraw(), window: PixelBox(xMin: 40, yMin: 0, xMax: 140, yMax: 100),
      isMirrored: false)
    let kept = draw.applied(to: boxes, minimumWidth: 0, minimumHeight: 0)
    // The first box's centre is on the border; the second's, at 155, outside.
    #expect(kept.map(\.box) == [Box(xMin: 0, yMin: 0.3, xMax: 0.2, yMax: 0.7)])
    var mirrored = draw
    mirrored.isMirrored = true
    #expect(
      mirrored.applied(to: boxes, minimumWidth: 0, minimumHeight: 0)[0].box
        == Box(xMin: 0.8, yMin: 0.3, xMax: 1, yMax: 0.7))
    #expect(draw.applied(to: boxes, minimumWidth: 0.25, minimumHeight: 0).isEmpty)
  }

  /// Two red and green rectangles on blue, where `boxes` are.
  private var picture: RGBImage {
    var pixels = [UInt8](repeating: 0, count: 200 * 100 * 3)
    for y in 0..<100 {
      for x in 0..<200 {
        let inside = boxes.firstIndex {
          Double(x) >= $0.box.xMin && Double(x) < $0.box.xMax && Double(y) >= $0.box.yMin
            && Double(y) < $0.box.yMax
        }
        pixels[(y * 200 + x) * 3 + (inside ?? 2)] = 255
      }
    }
    return RGBImage(width: 200, height: 100, pixels: pixels)
  }

  // The pixels that are red or green must lie where the boxes say.
  @Test func boxesStayAroundTheirPixels() {
    let side = 128
    let transform = InputTransform(
      InputSpecification(
        width: side, height: side,
        normalization: ImageNormalization(
          mean: [0, 0, 0], standardDeviation: [255, 255, 255])))
    var policy = AugmentationPolicy(photometric: PhotometricDistortion(probability: 0))
    policy.flipProbability = 0.5
    var count = 0
    for draw in draws(policy, 60) {
      var pixels = [Float](repeating: -1, count: side * side * 3)
      pixels.withUnsafeMutableBufferPointer { transform.write(picture, draw: draw, to: $0) }
      for labeled in draw.applied(to: boxes, minimumWidth: 0, minimumHeight: 0) {
        var extent = Box(xMin: 1, yMin: 1, xMax: 0, yMax: 0)
        for y in 0..<side {
          for x in 0..<side where pixels[(y * side + x) * 3 + labeled.classIndex - 1] > 0.5 {
            extent.xMin = min(extent.xMin, Double(x) / Double(side))
            extent.yMin = min(extent.yMin, Double(y) / Double(side))
            extent.xMax = max(extent.xMax, Double(x + 1) / Double(side))
            extent.yMax = max(extent.yMax, Double(y + 1) / Double(side))
          }
        }
        count += 1
        let tolerance = 1.01 / Double(side)
        for (found, expected) in [
          (extent.xMin, labeled.box.xMin), (extent.yMin, labeled.box.yMin),
          (extent.xMax, labeled.box.xMax), (extent.yMax, labeled.box.yMax),
        ] {
          #expect(abs(found - expected) <= tolerance, "\(extent), \(labeled.box), \(draw)")
        }
      }
    }
    #expect(count > 60)
  }

  @Test func outsideOfTheImageIsTheMean() {
    let transform = InputTransform(
      InputSpecification(
        width: 8, height: 8,
        normalization: ImageNormalization(mean: [10, 20, 30], standardDeviation: [1, 2, 3])))
    let draw = AugmentationDraw(
      photometric: PhotometricDraw(), window: PixelBox(xMin: 0, yMin: 0, xMax: 400, yMax: 400),
      isMirrored: false)
    let blue = RGBImage(
      width: 200, height: 100, pixels: (0..<200 * 100).flatMap { _ in [0, 0, 255] as [UInt8] })
    var pixels = [Float](repeating: -1, count: 8 * 8 * 3)
    pixels.withUnsafeMutableBufferPointer { transform.write(blue, draw: draw, to: $0) }
    #expect(pixels[(7 * 8 + 7) * 3] == 0)
    // By hand: (0 − 10) / 1 and (255 − 30) / 3.
    #expect(abs(pixels[0] + 10) < 1e-4)
    #expect(abs(pixels[2] - 75) < 1e-4)
  }
}

struct BatchLoaderTests {
  private let dataset = ShapesSpecification(imageCount: 22, side: 64, seed: 3).dataset(
    split: "train")

  private func configuration(
    workers: Int, start: Int = 0, seed: UInt64 = 5, epoch: Int = 2
  ) -> BatchLoader.Configuration {
    BatchLoader.Configuration(
      batchSize: 4, input: plainInput, augmentation: .ssd, seed: seed, epoch: epoch,
      startingBatch: start, shuffles: true,
      dropsLast: true, workerCount: workers)
  }

  private func batches(_ configuration: BatchLoader.Configuration) throws -> [Batch] {
    let loader = BatchLoader(
      dataset: dataset, cache: ImageCache(), configuration: configuration)
    var result: [Batch] = []
    while let batch = try loader.next() { result.append(batch) }
    return result
  }

  @Test(arguments: [2, 5]) func theThreadCountChangesNoBit(workers: Int) throws {
    let one = try batches(configuration(workers: 1))
    let many = try batches(configuration(workers: workers))
    #expect(one.count == 5)
    #expect(one.map(\.names) == many.map(\.names))
    #expect(one.map(\.pixels) == many.map(\.pixels))
    #expect(one.map(\.groundTruth) == many.map(\.groundTruth))
  }

  // However few batches may wait: the reading of each waits here until all threads read.
  @Test func everyThreadHasABatchInHand() throws {
    let condition = NSCondition()
    nonisolated(unsafe) var readers = 0
    let cache = ImageCache(byteLimit: 0) { image in
      condition.withLock {
        readers += 1
        condition.broadcast()
        let end = Date(timeIntervalSinceNow: 5)
        while readers < 6, condition.wait(until: end) {}
      }
      return try image.pixels()
    }
    var configuration = BatchLoader.Configuration.sequential(
      batchSize: 1, input: plainInput, workerCount: 6)
    configuration.prefetchCount = 1
    let loader = BatchLoader(dataset: dataset, cache: cache, configuration: configuration)
    let start = ContinuousClock.now
    #expect(try loader.next()?.indices == [0])
    #expect(start.duration(to: .now) < .seconds(4))
  }

  // By hand: two batches and almost a third; fewer than one is one.
  @Test func aBudgetOfBytesHoldsWholeBatches() throws {
    let bytes = 4 * plainInput.width * plainInput.height * 3 * 4
    #expect(Batch.byteCount(4, of: plainInput) == bytes)
    var configuration = configuration(workers: 6)
    #expect(configuration.batchesAhead == 4 + 5)
    for (budget, count) in [(3 * bytes - 1, 2), (3 * bytes, 3), (bytes, 1), (1, 1)] {
      configuration.prefetchByteCount = budget
      #expect(configuration.batchesAhead == count)
    }
    #expect(
      try batches(configuration).map(\.pixels)
        == batches(self.configuration(workers: 1)).map(\.pixels))
  }

  // Six threads, and at no time more than two batches that nobody has taken: the one that is asked
  // for is not counted as taken here before it has come.
  @Test func aBudgetOfBytesBindsAllThreads() throws {
    let taken = Mutex(0)
    let most = Mutex(0)
    let images = dataset.images.map(\.name)
    let cache = ImageCache(byteLimit: 0) { image in
      let batch = (images.firstIndex(of: image.name) ?? 0) / 2
      let ahead = batch + 1 - taken.withLock { $0 }
      most.withLock { $0 = max($0, ahead) }
      return try image.pixels()
    }
    var configuration = BatchLoader.Configuration.sequential(
      batchSize: 2, input: plainInput, workerCount: 6)
    configuration.prefetchByteCount = 2 * Batch.byteCount(2, of: plainInput)
    let loader = BatchLoader(dataset: dataset, cache: cache, configuration: configuration)
    while try loader.next() != nil { taken.withLock { $0 += 1 } }
    #expect(taken.withLock { $0 } == 11)
    #expect((1...3).contains(most.withLock { $0 }))
  }

  @Test func aPassCanStartInItsMiddle() throws {
    let whole = try batches(configuration(workers: 1))
    let rest = try batches(configuration(workers: 2, start: 3))
    #expect(rest.map(\.pixels) == Array(whole.map(\.pixels)[3...]))
  }

  @Test func seedAndEpochChangeThePass() throws {
    let first = try batches(configuration(workers: 1))
    #expect(try batches(configuration(workers: 1, seed: 6)).map(\.names) != first.map(\.names))
    #expect(try batches(configuration(workers: 1, epoch: 3)).map(\.names) != first.map(\.names))
    #expect(Set(first.flatMap(\.indices)).count == 20)
  }

  @Test func aSequentialPassShowsEveryImageInOrder() throws {
    let loader = BatchLoader(
      dataset: dataset, cache: ImageCache(),
      configuration: .sequential(
        batchSize: 4, input: plainInput))
    var indices: [Int] = []
    while let batch = try loader.next() { indices += batch.indices }
    #expect(indices == Array(0..<22))
  }

  @Test func aFileThatCannotBeReadIsNamed() throws {
    var broken = dataset
    broken.images[0].source = .file(path: "/no/such.jpg")
    let loader = BatchLoader(
      dataset: broken, cache: ImageCache(),
      configuration: .sequential(
        batchSize: 4, input: plainInput))
    let error = #expect(throws: ImageError.self) { try loader.next() }
    #expect(error?.description == "/no/such.jpg: no such file")
  }

  @Test func aSmallDatasetHasOneBatch() throws {
    let few = DetectionDataset(
      classNames: dataset.classNames, images: Array(dataset.images.prefix(3)))
    let loader = BatchLoader(
      dataset: few, cache: ImageCache(), configuration: configuration(workers: 1))
    #expect(try loader.next()?.count == 3)
    let end = try loader.next()
    #expect(end == nil)
  }
}
