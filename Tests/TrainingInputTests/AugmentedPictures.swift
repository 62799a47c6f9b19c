import Datasets
import Foundation
import ImageFiles
import MultiBox
import NetworkInput
import TestSupport
import Testing
import TrainingInput

/// What a training sees, to be looked at: `MULTIBOX_AUGMENTED=FOLDER` writes there a PNG of 16
/// inputs with their boxes for each dataset and each way to make inputs of several images, and says
/// how many inputs a second one thread makes.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["MULTIBOX_AUGMENTED"] != nil))
struct AugmentedPictures {
  private static let side = 240

  private static func policy(_ name: String) -> AugmentationPolicy {
    var policy = AugmentationPolicy(
      expansion: Expansion(maximumRatio: 2),
      crop: CropSampling(minimumOverlaps: [0, 0], scale: 0.5...1))
    switch name {
    case "tiles": policy.tiles.side = side
    case "mosaic": policy.mosaic.probability = 1
    case "mixup": policy.mixup.probability = 1
    case "copy-paste": policy.copyPaste.probability = 1
    default: break
    }
    return policy
  }

  @Test(arguments: ["bccd", "cards"], ["plain", "tiles", "mosaic", "mixup", "copy-paste"])
  func aSheetOfInputs(data: String, name: String) throws {
    let folder = try #require(ProcessInfo.processInfo.environment["MULTIBOX_AUGMENTED"])
    let dataset = try DatasetLoader(path: SharedMaterial.path("data/\(data)")).load(
      split: "train"
    ).dataset
    let cache = ImageCache()
    func pass(batches: Int) throws -> Batch? {
      let loader = BatchLoader(
        dataset: dataset, cache: cache,
        configuration: BatchLoader.Configuration(
          batchSize: 16,
          input: InputSpecification(
            width: Self.side, height: Self.side,
            normalization: ImageNormalization(
              mean: [127, 127, 127], standardDeviation: [1, 1, 1])),
          augmentation: Self.policy(name), seed: 1, epoch: 0, shuffles: true, dropsLast: true,
          prefetchCount: 1))
      var last: Batch?
      for _ in 0..<batches { last = try loader.next() }
      return last
    }
    // All that is asked for is decoded then.
    let batch = try #require(try pass(batches: 4))
    let start = ContinuousClock.now
    _ = try pass(batches: 4)
    let seconds = start.duration(to: .now) / .seconds(1)
    print("\(data), \(name): \(Int(64 / seconds)) inputs a second")
    try PNGFile.write(Self.sheet(batch), to: "\(folder)/\(data)-\(name).png")
  }

  private static let colors: [(UInt8, UInt8, UInt8)] = [
    (255, 0, 0), (0, 255, 0), (0, 90, 255), (255, 220, 0), (255, 0, 255), (0, 255, 255),
  ]

  private static func sheet(_ batch: Batch) -> RGBImage {
    let width = side * 4
    var pixels = [UInt8](repeating: 0, count: width * width * 3)
    func set(_ tile: Int, _ x: Int, _ y: Int, _ color: (UInt8, UInt8, UInt8)) {
      let first = ((tile / 4 * side + y) * width + tile % 4 * side + x) * 3
      (pixels[first], pixels[first + 1], pixels[first + 2]) = color
    }
    for tile in 0..<batch.count {
      for y in 0..<side {
        for x in 0..<side {
          let first = ((tile * side + y) * side + x) * 3
          let values = (0..<3).map { UInt8(min(max(batch.pixels[first + $0] + 127, 0), 255)) }
          set(tile, x, y, (values[0], values[1], values[2]))
        }
      }
      for labeled in batch.groundTruth[tile] {
        func place(_ share: Double) -> Int { min(max(Int(share * Double(side)), 0), side - 1) }
        let box = labeled.box
        let color = colors[labeled.classIndex % colors.count]
        for x in place(box.xMin)...place(box.xMax) {
          set(tile, x, place(box.yMin), color)
          set(tile, x, place(box.yMax), color)
        }
        for y in place(box.yMin)...place(box.yMax) {
          set(tile, place(box.xMin), y, color)
          set(tile, place(box.xMax), y, color)
        }
      }
    }
    return RGBImage(width: width, height: width, pixels: pixels)
  }
}
