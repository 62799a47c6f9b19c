import Datasets
import ImageFiles
import MultiBox
import NetworkInput
import Testing

@testable import TrainingInput

/// Inputs that are made of several images.
struct CompositionTests {
  static let side = 96
  private static let input = InputSpecification(
    width: side, height: side,
    normalization: ImageNormalization(mean: [0, 0, 0], standardDeviation: [255, 255, 255]))

  /// Images of several sizes, each with one rectangle: red for class 1, green for 2, blue for 3.
  static let rectangles = DetectionDataset(
    classNames: ["red", "green", "blue"],
    images: (0..<9).map { number in
      var generator = SeededGenerator(seed: 31).split(UInt64(number))
      let width = Int.random(in: 60...200, using: &generator)
      let height = Int.random(in: 60...200, using: &generator)
      let x = Int.random(in: 5...20, using: &generator)
      let y = Int.random(in: 5...20, using: &generator)
      let right = Int.random(in: 40...width, using: &generator)
      let bottom = Int.random(in: 40...height, using: &generator)
      return DatasetImage(
        name: "\(number)",
        source: .generated {
          var pixels = [UInt8](repeating: 0, count: width * height * 3)
          for row in y..<bottom {
            for column in x..<right { pixels[(row * width + column) * 3 + number % 3] = 255 }
          }
          return RGBImage(width: width, height: height, pixels: pixels)
        }, width: width, height: height,
        groundTruth: [
          LabeledPixelBox(
            box: PixelBox(
              xMin: Double(x), yMin: Double(y), xMax: Double(right), yMax: Double(bottom)),
            classIndex: number % 3 + 1)
        ])
    })

  /// Colours as they are, so that a rectangle is known by its own.
  static func policy(
    _ change: (inout AugmentationPolicy) -> Void
  ) -> AugmentationPolicy {
    var policy = AugmentationPolicy(
      photometric: PhotometricDistortion(probability: 0), flipProbability: 0.5)
    change(&policy)
    return policy
  }

  static func composer(_ policy: AugmentationPolicy) -> PictureComposer {
    PictureComposer(
      dataset: rectangles, cache: ImageCache(), policy: policy,
      order: PassOrder(Array(rectangles.images.indices)), width: side, height: side)
  }

  /// What of a colour is brighter than a half within a region, in pixels of the input: its extent
  /// and the number of its pixels.
  static func extent(
    of channel: Int, in region: InputRegion, _ pixels: [Float]
  ) -> (box: PixelBox, count: Int) {
    var box = PixelBox(xMin: .infinity, yMin: .infinity, xMax: 0, yMax: 0)
    var count = 0
    for y in region.y..<region.y + region.height {
      for x in region.x..<region.x + region.width
      where pixels[(y * side + x) * 3 + channel] > 0.5 {
        box.xMin = min(box.xMin, Double(x))
        box.yMin = min(box.yMin, Double(y))
        box.xMax = max(box.xMax, Double(x + 1))
        box.yMax = max(box.yMax, Double(y + 1))
        count += 1
      }
    }
    return (box, count)
  }

  static func written(_ tiles: [PictureTile]) -> [Float] {
    var pixels = [Float](repeating: -1, count: side * side * 3)
    pixels.withUnsafeMutableBufferPointer {
      for tile in tiles { tile.write(InputTransform(input), to: $0) }
    }
    return pixels
  }

  @Test func boxesOfAMosaicLieWhereTheirPixelsAre() throws {
    let composer = Self.composer(Self.policy { $0.mosaic.probability = 1 })
    var (kept, dropped, cut) = (0, 0, 0)
    for number in 0..<120 {
      let tiles = try composer.tiles(
        at: number % 9, using: SeededGenerator(seed: 7).split(UInt64(number)))
      #expect(tiles.count == 4)
      #expect(tiles.reduce(0) { $0 + $1.target.width * $1.target.height } == 96 * 96)
      let pixels = Self.written(tiles)
      // No part is left out.
      #expect(!pixels.contains(-1))
      for tile in tiles {
        let label = try #require(tile.labels.first)
        let found = Self.extent(of: label.classIndex - 1, in: tile.target, pixels)
        let scale = (
          x: Double(tile.target.width) / tile.draw.window.width,
          y: Double(tile.target.height) / tile.draw.window.height
        )
        let whole = label.box.width * scale.x * label.box.height * scale.y
        guard
          let box = tile.groundTruth(width: 96, height: 96).first?.box.inPixels(
            width: 96, height: 96)
        else {
          // A pixel more or less on each side.
          let border = Double(tile.target.width + tile.target.height)
          #expect(Double(found.count) <= 0.25 * whole + border)
          dropped += 1
          continue
        }
        kept += 1
        #expect(box.area >= 0.25 * whole - 1e-6)
        if box.area < whole - 1 { cut += 1 }
        for (found, expected) in [
          (found.box.xMin, box.xMin), (found.box.yMin, box.yMin), (found.box.xMax, box.xMax),
          (found.box.yMax, box.yMax),
        ] {
          #expect(abs(found - expected) <= 1.01, "\(found), \(box), \(tile.draw)")
        }
      }
    }
    #expect(kept > 200 && dropped > 20 && cut > 50, "\(kept), \(dropped), \(cut)")
  }

  // By hand: at scale 1 a part of ¼ × ¾ of the input shows ¼ × ¾ of its image; at ½ it shows all of
  // it, in the half that is at the centre.
  @Test func aPartShowsItsImageAtItsScale() {
    let policy = AugmentationPolicy.none
    for seed in 0..<20 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let part = Mosaic(scale: 1...1).draw(
        width: 200, height: 100, share: (0.25, 0.75), isLeft: true, isUpper: true, policy,
        using: &generator)
      #expect(abs(part.window.width - 50) < 1e-9 && abs(part.window.height - 75) < 1e-9)
      #expect(part.window.xMin >= 0 && part.window.xMax <= 200)
      #expect(part.window.yMin >= 0 && part.window.yMax <= 100)
      for (isLeft, isUpper) in [(true, true), (false, true), (true, false), (false, false)] {
        let window = Mosaic(scale: 0.5...0.5).draw(
          width: 200, height: 100, share: (1, 1), isLeft: isLeft, isUpper: isUpper, policy,
          using: &generator
        ).window
        let x = isLeft ? (-200.0, 200.0) : (0, 400)
        let y = isUpper ? (-100.0, 100.0) : (0, 200)
        #expect(window == PixelBox(xMin: x.0, yMin: y.0, xMax: x.1, yMax: y.1))
      }
    }
  }

  // Turned round, the image must still touch the centre.
  @Test func aMirroredPartTouchesTheCentre() throws {
    let composer = Self.composer(
      Self.policy {
        $0.mosaic = Mosaic(probability: 1, scale: 0.2...0.2)
        $0.mirrorProbability = 1
        $0.flipProbability = 1
      })
    let tiles = try composer.tiles(at: 0, using: SeededGenerator(seed: 5))
    #expect(tiles.count == 4)
    for (number, tile) in tiles.enumerated() {
      #expect(tile.draw.isMirrored && tile.draw.isFlipped)
      // Beside the centre the image covers the input, so there is no padding.
      #expect(number % 2 == 0 ? tile.draw.window.xMin == 0 : tile.draw.window.xMin < 0)
      #expect(number < 2 ? tile.draw.window.yMin == 0 : tile.draw.window.yMin < 0)
    }
  }

  // Each input by itself, blended by hand; and the boxes of both.
  @Test func aBlendHasTheSharesOfItsInputs() throws {
    let composer = Self.composer(
      Self.policy {
        $0.mosaic.probability = 0.5
        $0.mixup.probability = 1
      })
    for number in 0..<20 {
      let input = try composer.input(
        at: number % 9, using: SeededGenerator(seed: 3).split(UInt64(number)))
      let other = try #require(input.other)
      #expect(other.share > 0 && other.share < 1)
      var found = [Float](repeating: -1, count: 96 * 96 * 3)
      found.withUnsafeMutableBufferPointer { input.write(InputTransform(Self.input), to: $0) }
      let expected = zip(Self.written(input.tiles), Self.written(other.tiles)).map {
        other.share * $0 + (1 - other.share) * $1
      }
      #expect(found == expected)
      let boxes = [input.tiles, other.tiles].joined().flatMap {
        $0.groundTruth(width: 96, height: 96)
      }
      #expect(input.groundTruth(width: 96, height: 96) == boxes)
      // Neither is the other again.
      #expect(input.tiles[0].draw != other.tiles[0].draw)
    }
  }

  @Test func pastedObjectsLieWhereTheirBoxesAreAndBesideTheOthers() throws {
    let policy = Self.policy { $0.copyPaste = CopyPaste(probability: 1, scale: 0.2...0.6) }
    let composer = Self.composer(policy)
    var pasted = 0
    for number in 0..<60 {
      let tiles = try composer.tiles(
        at: number % 9, using: SeededGenerator(seed: 2).split(UInt64(number)))
      #expect(tiles.count <= 4)
      #expect(tiles[0].target == InputRegion(width: 96, height: 96))
      let pixels = Self.written(tiles)
      var others = tiles[0].groundTruth(width: 96, height: 96)
      for (position, tile) in tiles.enumerated().dropFirst() {
        let labels = tile.groundTruth(width: 96, height: 96)
        try #require(labels.count == 1)
        let box = labels[0].box.inPixels(width: 96, height: 96)
        // Whole pixels, and none of a later object over it.
        let covered = tiles[(position + 1)...].contains {
          Self.overlaps($0.target, tile.target)
        }
        let found = Self.extent(of: labels[0].classIndex - 1, in: tile.target, pixels)
        if !covered {
          #expect(found.count == tile.target.width * tile.target.height)
          #expect(
            abs(found.box.xMin - box.xMin) < 1e-9 && abs(found.box.yMax - box.yMax) < 1e-9)
        }
        for other in others.map({ $0.box.inPixels(width: 96, height: 96) }) {
          #expect(box.intersectionArea(other) <= 0.2 * min(box.area, other.area) + 1e-6)
        }
        others += labels
        pasted += 1
      }
    }
    #expect(pasted > 60)
  }

  private static func overlaps(_ one: InputRegion, _ other: InputRegion) -> Bool {
    one.x < other.x + other.width && other.x < one.x + one.width
      && one.y < other.y + other.height && other.y < one.y + one.height
  }

  // One red object among many of the other classes is pasted as often as all green ones.
  @Test func rareClassesArePastedAsOftenAsTheOthers() throws {
    var dataset = Self.rectangles
    for index in dataset.images.indices where index > 0 {
      for object in dataset.images[index].groundTruth.indices {
        dataset.images[index].groundTruth[object].classIndex = 2
      }
    }
    let composer = PictureComposer(
      dataset: dataset, cache: ImageCache(),
      policy: Self.policy {
        $0.copyPaste = CopyPaste(probability: 1, maximumCount: 1, scale: 0.1...0.1)
      }, order: PassOrder(Array(dataset.images.indices)), width: 96, height: 96)
    var counts = [0, 0, 0]
    for number in 0..<1000 {
      let tiles = try composer.tiles(
        at: 4, using: SeededGenerator(seed: 6).split(UInt64(number)))
      guard let last = tiles.dropFirst().last else { continue }
      counts[last.groundTruth(width: 96, height: 96)[0].classIndex] += 1
    }
    #expect(counts[1] + counts[2] > 500)
    #expect(abs(Double(counts[1]) / Double(counts[1] + counts[2]) - 0.5) < 0.07, "\(counts)")
  }

  // Beta(a, a) has the mean ½ and the variance 1 / (4 (2a + 1)): 1/68 for 8, 1/12 for 1.
  @Test(arguments: [(8, 1.0 / 68), (1, 1.0 / 12)])
  func sharesOfABlendHaveTheirDistribution(concentration: Int, variance: Double) {
    var generator = SeededGenerator(seed: 12)
    let shares = (0..<20_000).map { _ in
      Mixup(concentration: concentration).share(using: &generator)
    }
    let mean = shares.reduce(0, +) / 20_000
    #expect(abs(mean - 0.5) < 0.01)
    let found = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    #expect(abs(found / variance - 1) < 0.05)
  }

  @Test func regionsThatAreNoObjectsStayWhateverIsLeftOfThem() {
    let draw = AugmentationDraw(
      photometric: PhotometricDraw(), window: PixelBox(xMin: 0, yMin: 0, xMax: 10, yMax: 10),
      isMirrored: false)
    // A tenth lies in the window.
    let box = PixelBox(xMin: 9, yMin: 0, xMax: 19, yMax: 10)
    let labels = [
      LabeledPixelBox(box: box, classIndex: 1),
      LabeledPixelBox(box: box, classIndex: 2, isCrowd: true),
      LabeledPixelBox(box: box, classIndex: 3, isIgnored: true),
    ]
    func classes(_ share: Double) -> [Int] {
      draw.applied(to: labels, .visibleShare(share), minimumWidth: 0, minimumHeight: 0).map(
        \.classIndex)
    }
    #expect(classes(0.25) == [2, 3])
    #expect(classes(0.1) == [1, 2, 3])
  }

  // What the loader did before there was anything of several images.
  @Test func withoutCompositionAnInputIsItsImageDrawnByThePolicy() throws {
    let configuration = BatchLoader.Configuration(
      batchSize: 9, input: Self.input, augmentation: .ssd, seed: 8, epoch: 3, shuffles: true,
      dropsLast: true)
    let batch = try #require(
      try BatchLoader(
        dataset: Self.rectangles, cache: ImageCache(), configuration: configuration
      ).next())
    var expected: [Float] = []
    for (index, labels) in zip(batch.indices, batch.groundTruth) {
      let image = Self.rectangles.images[index]
      var generator = SeededGenerator(seed: 8).split(3).split(UInt64(index))
      let draw = AugmentationPolicy.ssd.draw(
        width: image.width, height: image.height, groundTruth: image.groundTruth,
        using: &generator)
      var pixels = [Float](repeating: 0, count: 96 * 96 * 3)
      let picture = try image.pixels()
      pixels.withUnsafeMutableBufferPointer {
        InputTransform(Self.input).write(picture, draw: draw, to: $0)
      }
      expected += pixels
      #expect(
        labels
          == draw.applied(
            to: image.groundTruth, minimumWidth: 1.0 / 96, minimumHeight: 1.0 / 96))
    }
    #expect(batch.pixels == expected)
  }

  // Shares of the run, whole epochs, and never all of them.
  @Test(arguments: [
    (60, 0.15, 51), (10, 0.15, 9), (6, 0.15, 6), (1, 0.9, 1), (100, 0.29, 71), (3, 0.99, 1),
    (5, 0, 5),
  ])
  func theLastEpochsArePlain(epochs: Int, share: Double, composed: Int) {
    var policy = AugmentationPolicy.ssd
    policy.mosaic.probability = 0.5
    policy.mixup.probability = 0.5
    policy.copyPaste.probability = 0.5
    policy.plainShare = share
    let found = (0..<epochs).map { policy.inEpoch($0, of: epochs) }
    #expect(found.map(\.composes) == (0..<epochs).map { $0 < composed })
    #expect(found[0] == policy)
    #expect(found.allSatisfy { $0.crop == policy.crop && $0.photometric == policy.photometric })
  }
}

/// A pass whose inputs are made of several images.
struct ComposedBatchTests {
  private let dataset = ShapesSpecification(imageCount: 22, side: 64, seed: 3).dataset(
    split: "train")

  private func batches(
    workers: Int = 1, start: Int = 0, seed: UInt64 = 5, epoch: Int = 2
  ) throws -> [Batch] {
    var policy = AugmentationPolicy.ssd
    policy.mosaic.probability = 0.5
    policy.mixup.probability = 0.5
    policy.copyPaste.probability = 0.5
    let loader = BatchLoader(
      dataset: dataset, cache: ImageCache(),
      configuration: BatchLoader.Configuration(
        batchSize: 4,
        input: InputSpecification(width: 40, height: 32, normalization: .unitRange),
        augmentation: policy, seed: seed, epoch: epoch, startingBatch: start, shuffles: true,
        dropsLast: true, workerCount: workers))
    var result: [Batch] = []
    while let batch = try loader.next() { result.append(batch) }
    return result
  }

  @Test(arguments: [2, 5]) func theThreadCountChangesNoBit(workers: Int) throws {
    let one = try batches()
    let many = try batches(workers: workers)
    #expect(one.count == 5)
    #expect(one.map(\.names) == many.map(\.names))
    #expect(one.map(\.pixels) == many.map(\.pixels))
    #expect(one.map(\.groundTruth) == many.map(\.groundTruth))
  }

  @Test func aPassCanStartInItsMiddle() throws {
    let whole = try batches()
    let rest = try batches(workers: 2, start: 3)
    #expect(rest.map(\.pixels) == Array(whole.map(\.pixels)[3...]))
    #expect(rest.map(\.groundTruth) == Array(whole.map(\.groundTruth)[3...]))
  }

  @Test func seedAndEpochChangeWhatIsPutTogether() throws {
    func input(of index: Int, _ batches: [Batch]) -> [LabeledBox]? {
      for batch in batches {
        if let position = batch.indices.firstIndex(of: index) { return batch.groundTruth[position] }
      }
      return nil
    }
    let first = try batches()
    let others = [try batches(seed: 6), try batches(epoch: 3)]
    for other in others {
      let common = (0..<22).filter { input(of: $0, first) != nil && input(of: $0, other) != nil }
      #expect(common.count > 15)
      #expect(common.allSatisfy { input(of: $0, first) != input(of: $0, other) })
    }
  }
}
