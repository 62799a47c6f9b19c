import Datasets
import ImageFiles
import MultiBox
import NetworkInput
import Testing

@testable import TrainingInput

/// Tiles of large images.
struct TileSamplingTests {
  private static func object(
    _ xMin: Double, _ yMin: Double, _ xMax: Double, _ yMax: Double, isIgnored: Bool = false
  ) -> LabeledPixelBox {
    LabeledPixelBox(
      box: PixelBox(xMin: xMin, yMin: yMin, xMax: xMax, yMax: yMax), classIndex: 1,
      isIgnored: isIgnored)
  }

  private func draws(
    _ sampling: TileSampling, width: Int, height: Int, _ objects: [LabeledPixelBox], count: Int
  ) -> [PixelBox] {
    (0..<count).map {
      var generator = SeededGenerator(seed: 14).split(UInt64($0))
      return sampling.draw(
        width: width, height: height, groundTruth: objects, using: &generator)
    }
  }

  // By hand: the tile begins at (100, 50); of the second box 10 of 40 columns are in it, of the
  // third 9 of 49.
  @Test func boxesAreCutByTheirTile() {
    let tile = PixelBox(xMin: 100, yMin: 50, xMax: 200, yMax: 150)
    var difficult = Self.object(120, 60, 140, 90)
    difficult.isDifficult = true
    var crowd = Self.object(195, 140, 295, 240)
    crowd.isCrowd = true
    var placedDifficult = Self.object(20, 10, 40, 40)
    placedDifficult.isDifficult = true
    var placedCrowd = Self.object(95, 90, 100, 100, isIgnored: true)
    placedCrowd.isCrowd = true
    let found = TileSampling(side: 100).labels(
      [
        difficult, Self.object(70, 60, 110, 80), Self.object(60, 60, 109, 80),
        Self.object(200, 60, 220, 80), Self.object(0, 0, 400, 400), crowd,
      ], in: tile)
    #expect(
      found == [
        placedDifficult, Self.object(0, 10, 10, 30), Self.object(0, 10, 9, 30, isIgnored: true),
        Self.object(0, 0, 100, 100, isIgnored: true), placedCrowd,
      ])
    let all = TileSampling(side: 100, minimumVisibleShare: 0).labels(
      [Self.object(60, 60, 109, 80)], in: tile)
    #expect(all == [Self.object(0, 10, 9, 30)])
  }

  // By hand: a tile of 100 around 290…310 begins at 210…290, around 500.5…520.25 at 421…500; in a
  // corner there is one. Each object has a third of 3000 draws, to five deviations of .9 %.
  @Test func eachObjectIsAnywhereInItsTiles() throws {
    let objects = [
      Self.object(290, 100, 310, 130), Self.object(0, 590, 10, 600),
      Self.object(500.5, 300.5, 520.25, 310.75), Self.object(800, 50, 810, 60, isIgnored: true),
    ]
    let tiles = draws(
      TileSampling(side: 100, backgroundProbability: 0), width: 1000, height: 600, objects,
      count: 3000)
    #expect(tiles.allSatisfy { $0.width == 100 && $0.height == 100 })
    let expected = [(210.0, 290.0, 30.0, 100.0), (0, 0, 500, 500), (421, 500, 211, 300)]
    var count = 0
    for (object, range) in zip(objects, expected) {
      let around = tiles.filter { $0.intersectionArea(object.box) == object.box.area }
      #expect((870...1140).contains(around.count))
      count += around.count
      #expect(around.map(\.xMin).min() == range.0 && around.map(\.xMin).max() == range.1)
      #expect(around.map(\.yMin).min() == range.2 && around.map(\.yMin).max() == range.3)
    }
    #expect(count == 3000)
  }

  // A quarter of 4000 draws, to four deviations of .7 %.
  @Test func someTilesLieAnywhere() {
    let object = Self.object(990, 990, 1010, 1010)
    let sampling = TileSampling(side: 50)
    let tiles = draws(sampling, width: 2000, height: 2000, [object], count: 4000)
    let around = tiles.count { $0.intersectionArea(object.box) == object.box.area }
    #expect((2890...3110).contains(around))
    for empty in [[], [Self.object(990, 990, 1010, 1010, isIgnored: true)]] {
      let places = draws(sampling, width: 2000, height: 2000, empty, count: 4000)
      for starts in [places.map(\.xMin), places.map(\.yMin)] {
        #expect((0...20).contains(starts.min() ?? -1))
        #expect((1930...1950).contains(starts.max() ?? -1))
      }
    }
  }

  // By hand: 800 pixels around a tile of 200 from 100 on; 20 in its height; and one that is as long
  // as the tile but for a fraction.
  @Test func aTileLiesWithinALongObject() {
    let sampling = TileSampling(side: 200, backgroundProbability: 0)
    let tiles = draws(
      sampling, width: 1000, height: 300, [Self.object(100, 50, 900, 70)], count: 2000)
    #expect(tiles.map(\.xMin).min().map { (100...110).contains($0) } == true)
    #expect(tiles.map(\.xMin).max().map { (690...700).contains($0) } == true)
    #expect(tiles.map(\.yMin).min() == 0 && tiles.map(\.yMin).max() == 50)
    let near = draws(
      sampling, width: 1000, height: 150, [Self.object(100.5, 50, 300.2, 70)], count: 100)
    #expect(Set(near.map(\.xMin)) == [100, 101])
    // The image is no higher than that.
    #expect(near.allSatisfy { $0.width == 200 && $0.yMin == 0 && $0.yMax == 150 })
  }

  /// Pixels that say their place.
  private static func pixels(x: Range<Int>, y: Range<Int>) -> [UInt8] {
    var pixels: [UInt8] = []
    for row in y {
      for column in x { pixels += [UInt8(column), UInt8(row), 7] }
    }
    return pixels
  }

  private let picture = RGBImage(width: 60, height: 40, pixels: pixels(x: 0..<60, y: 0..<40))

  @Test func aTileHasThePixelsOfItsPlace() {
    let sampling = TileSampling(side: 16)
    let objects = [Self.object(20, 10, 30, 14), Self.object(3, 30, 9, 39)]
    for number in 0..<50 as Range<UInt64> {
      var generator = SeededGenerator(seed: number)
      let tile = sampling.draw(width: 60, height: 40, groundTruth: objects, using: &generator)
      generator = SeededGenerator(seed: number)
      let shown = sampling.shown(picture, objects, using: &generator)
      let (x, y) = (Int(tile.xMin), Int(tile.yMin))
      #expect(shown.picture.width == 16 && shown.picture.height == 16)
      #expect(shown.picture.pixels == Self.pixels(x: x..<x + 16, y: y..<y + 16))
      #expect(shown.labels == sampling.labels(objects, in: tile))
    }
  }

  @Test(arguments: [nil, 60, 100]) func smallImagesAreWhole(side: Int?) {
    var generator = SeededGenerator(seed: 1)
    let objects = [Self.object(20, 10, 30, 14)]
    let shown = TileSampling(side: side).shown(picture, objects, using: &generator)
    #expect(shown.picture.width == 60 && shown.picture.pixels == picture.pixels)
    #expect(shown.labels == objects)
  }

  private func batch(_ tiles: TileSampling) throws -> Batch {
    var policy = AugmentationPolicy(tiles: tiles)
    policy.mosaic.probability = 0.5
    policy.mixup.probability = 0.5
    policy.copyPaste.probability = 0.5
    return try #require(
      try BatchLoader(
        dataset: CompositionTests.rectangles, cache: ImageCache(),
        configuration: BatchLoader.Configuration(
          batchSize: 9,
          input: InputSpecification(width: 96, height: 96, normalization: .unitRange),
          augmentation: policy, seed: 8, epoch: 3, shuffles: true, dropsLast: true)
      ).next())
  }

  // No image is larger than 200, and no other number is drawn for it.
  @Test func whereNoImageIsLargerNoBitChanges() throws {
    let (off, on) = (try batch(TileSampling()), try batch(TileSampling(side: 200)))
    #expect(off.pixels == on.pixels)
    #expect(off.groundTruth == on.groundTruth)
    let small = try batch(TileSampling(side: 50))
    #expect(off.names == small.names)
    #expect(off.pixels != small.pixels)
  }

  /// The place of the pixels of one colour; nil without any.
  private func extent(of channel: Int, in picture: RGBImage) -> PixelBox? {
    let inside = (0..<picture.width * picture.height).filter {
      picture.pixels[$0 * 3 + channel] == 255
    }
    let (x, y) = (inside.map { $0 % picture.width }, inside.map { $0 / picture.width })
    guard let left = x.min(), let right = x.max(), let top = y.min(), let bottom = y.max() else {
      return nil
    }
    return PixelBox(
      xMin: Double(left), yMin: Double(top), xMax: Double(right + 1), yMax: Double(bottom + 1))
  }

  // All images are larger than a tile; of each of four in a mosaic one is shown, too.
  @Test func boxesLieWhereTheirPixelsAre() throws {
    let composer = CompositionTests.composer(
      CompositionTests.policy {
        $0.tiles.side = 50
        $0.mosaic.probability = 0.5
      })
    var counts = (shown: 0, learned: 0, ignored: 0, empty: 0)
    for number in 0..<200 {
      let tiles = try composer.tiles(
        at: number % 9, using: SeededGenerator(seed: 7).split(UInt64(number)))
      for tile in tiles {
        #expect(tile.picture.width == 50 && tile.picture.height == 50)
        counts.shown += 1
        let found = (0..<3).compactMap { extent(of: $0, in: tile.picture) }
        #expect(found == tile.labels.map(\.box))
        guard let label = tile.labels.first else {
          counts.empty += 1
          continue
        }
        #expect(extent(of: label.classIndex - 1, in: tile.picture) == label.box)
        if label.isLearned { counts.learned += 1 } else { counts.ignored += 1 }
      }
    }
    #expect(counts.shown > 300 && counts.learned > 100 && counts.ignored > 5, "\(counts)")
  }

  // An object of w pixels has w / 50 of the input's 96 where it is shown, here at a quarter.
  @Test func pastedObjectsHaveTheScaleOfTiles() throws {
    let composer = CompositionTests.composer(
      CompositionTests.policy {
        $0.tiles.side = 50
        $0.copyPaste = CopyPaste(
          probability: 1, maximumCount: 1, scale: 0.25...0.25, maximumOverlap: 1)
      })
    var count = 0
    for number in 0..<40 {
      let tiles = try composer.tiles(
        at: number % 9, using: SeededGenerator(seed: 2).split(UInt64(number)))
      guard let pasted = tiles.dropFirst().first else { continue }
      count += 1
      let (window, target) = (pasted.draw.window, pasted.target)
      #expect(abs(Double(target.width) - window.width / 50 * 24) <= 0.5 + 1e-9)
      #expect(abs(Double(target.height) - window.height / 50 * 24) <= 0.5 + 1e-9)
    }
    #expect(count > 20)
  }
}
