import ImageFiles
import MultiBox
import Testing

@testable import Detectors

/// Finds the pixels of each class's grey level, as one box; the more of them, the higher the
/// score, or the other way.
private struct GreyDetector: ObjectDetector {
  var prefersPieces = false
  let classNames: ClassNames = ["a", "b"]
  let batchSize = 3

  func detections(in images: [RGBImage]) throws -> [[PixelDetection]] {
    images.map { image in
      (1...2).compactMap { classIndex -> PixelDetection? in
        var box: PixelBox?
        var count = 0
        for y in 0..<image.height {
          for x in 0..<image.width where image.pixels[(y * image.width + x) * 3] == classIndex {
            let pixel = PixelBox(
              xMin: Double(x), yMin: Double(y), xMax: Double(x + 1), yMax: Double(y + 1))
            box = PixelBox(
              xMin: min(box?.xMin ?? pixel.xMin, pixel.xMin),
              yMin: min(box?.yMin ?? pixel.yMin, pixel.yMin),
              xMax: max(box?.xMax ?? 0, pixel.xMax), yMax: max(box?.yMax ?? 0, pixel.yMax))
            count += 1
          }
        }
        let share = min(Double(count) / 10000, 1)
        return box.map {
          PixelDetection(box: $0, classIndex: classIndex, score: prefersPieces ? 1 - share : share)
        }
      }
    }
  }
}

private func image(_ objects: [(box: PixelBox, classIndex: UInt8)]) -> RGBImage {
  let (width, height) = (200, 120)
  var pixels = [UInt8](repeating: 0, count: width * height * 3)
  for (box, classIndex) in objects {
    for y in Int(box.yMin)..<Int(box.yMax) {
      for x in Int(box.xMin)..<Int(box.xMax) { pixels[(y * width + x) * 3] = classIndex }
    }
  }
  return RGBImage(width: width, height: height, pixels: pixels)
}

struct TiledDetectorTests {
  // By hand: 200 − 64 = 136 in steps of at most 48 are 3 of 45.3; 120 − 64 = 56 are 2 of 28.
  @Test func tilesCoverTheImageAndOverlap() {
    let tiles = Tiling(side: 64).tiles(width: 200, height: 120)
    #expect(tiles.count == 12)
    #expect(tiles.prefix(4).map(\.xMin) == [0, 45, 90, 136])
    #expect(tiles.map(\.yMin) == [0, 28, 56].flatMap { [Double](repeating: $0, count: 4) })
    #expect(tiles.allSatisfy { $0.width == 64 && $0.height == 64 })
    #expect(Tiling(side: 64).tiles(width: 64, height: 30) == [PixelBox(width: 64, height: 30)])
    #expect(Tiling(side: 64, overlap: 0).tiles(width: 128, height: 64).map(\.xMin) == [0, 64])
  }

  // Wherever small objects lie, inside tiles or across their edges, each is found once, whole.
  @Test(arguments: [0, 17, 40, 47, 60, 85, 100, 131, 170]) func aSmallObjectIsOne(x: Int) throws {
    for y in [0, 20, 27, 60, 100] {
      let box = PixelBox(
        xMin: Double(x), yMin: Double(y), xMax: Double(x + 15), yMax: Double(y + 14))
      for prefersPieces in [false, true] {
        let detector = GreyDetector(prefersPieces: prefersPieces)
        let found = try TiledDetector(detector, tiling: Tiling(side: 64))
          .detections(in: image([(box, 2)]))
        #expect(found.map(\.box) == [box] && found.map(\.classIndex) == [2], "\(x), \(y)")
      }
    }
  }

  // Longer than a tile: its pieces become one, and the whole image has seen it anyway.
  @Test func aLongObjectIsOne() throws {
    let box = PixelBox(xMin: 10, yMin: 30, xMax: 190, yMax: 50)
    let found = try TiledDetector(GreyDetector(), tiling: Tiling(side: 64))
      .detections(in: image([(box, 1)]))
    #expect(found.map(\.box) == [box])
  }

  // Two of one class: the image as a whole takes them for one of 150 × 90 pixels, whose class they
  // are; that does not take them away.
  @Test func whatIsWholeInsideALargerOneStays() throws {
    let boxes = [
      PixelBox(xMin: 10, yMin: 10, xMax: 20, yMax: 20),
      PixelBox(xMin: 150, yMin: 90, xMax: 160, yMax: 100),
    ]
    let found = try TiledDetector(GreyDetector(), tiling: Tiling(side: 64))
      .detections(in: image(boxes.map { ($0, 1) }))
    #expect(
      Set(found.map(\.box)) == Set(boxes + [PixelBox(xMin: 10, yMin: 10, xMax: 160, yMax: 100)]))
    // Of two classes, each is small in the whole image, which says nothing of them.
    let small = try TiledDetector(GreyDetector(), tiling: Tiling(side: 64))
      .detections(in: image([(boxes[0], 1), (boxes[1], 2)]))
    #expect(Set(small.map(\.box)) == Set(boxes) && small.count == 2)
  }

  @Test func aSmallImageIsLookedAtOnce() throws {
    let box = PixelBox(xMin: 5, yMin: 5, xMax: 20, yMax: 20)
    let found = try TiledDetector(GreyDetector(), tiling: Tiling(side: 200))
      .detections(in: image([(box, 1)]))
    #expect(found.map(\.box) == [box])
  }
}
