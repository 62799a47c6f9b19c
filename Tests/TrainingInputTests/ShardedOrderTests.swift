import Datasets
import Files
import ImageFiles
import MultiBox
import NetworkInput
import Testing

@testable import TrainingInput

struct ShardedOrderTests {
  /// Images of files that hold so many each.
  private func dataset(_ counts: [Int]) -> DetectionDataset {
    DetectionDataset(
      classNames: ["a"],
      images: counts.enumerated().flatMap { file, count in
        (0..<count).map { index in
          DatasetImage(
            name: "\(file)-\(index)",
            source: .embedded(FilePart(path: "\(file).tar", offset: index, length: 1)), width: 8,
            height: 8, groundTruth: [])
        }
      })
  }

  private func order(_ counts: [Int], seed: UInt64) throws -> [Int] {
    let order = try #require(ShardedOrder(of: dataset(counts), window: 8, runLength: 2))
    var generator = SeededGenerator(seed: seed)
    return order.shuffled(order.images(using: &generator), using: &generator)
  }

  // By hand: runs of two neighbours of one file; five images are two runs of two and one of one.
  @Test func runsOfNeighboursAreShuffled() throws {
    let order = try #require(ShardedOrder(of: dataset([5, 4, 6]), window: 8, runLength: 2))
    var generator = SeededGenerator(seed: 3)
    let images = order.images(using: &generator)
    #expect(images.sorted() == Array(0..<15))
    #expect(images != Array(0..<15))
    let place = Dictionary(uniqueKeysWithValues: zip(images, 0...))
    for first in [0, 2, 5, 7, 9, 11, 13] {
      #expect(place[first + 1] == (place[first] ?? 0) + 1, "\(first)")
    }
  }

  @Test func everyImageComesOnceAndInItsWindow() throws {
    for seed in 0..<20 {
      let order = try #require(ShardedOrder(of: dataset([5, 4, 6, 7]), window: 8, runLength: 2))
      var generator = SeededGenerator(seed: UInt64(seed))
      let images = order.images(using: &generator)
      let shuffled = order.shuffled(images, using: &generator)
      #expect(shuffled.count == 22 && shuffled != images)
      for start in [0, 8, 16] {
        let end = min(start + 8, 22)
        #expect(shuffled[start..<end].sorted() == images[start..<end].sorted())
      }
    }
  }

  @Test func theOrderFollowsFromTheSeed() throws {
    #expect(try order([9, 9], seed: 4) == order([9, 9], seed: 4))
    #expect(try order([9, 9], seed: 4) != order([9, 9], seed: 5))
  }

  @Test func imagesOfTheirOwnFilesAndFewImagesAreShuffledAtLarge() {
    #expect(ShardedOrder(of: dataset([4, 4]), window: 8, runLength: 2) == nil)
    var files = dataset([9, 9])
    files.images[17].source = .file(path: "a.png")
    #expect(ShardedOrder(of: files, window: 8, runLength: 2) == nil)
    #expect(ShardedOrder(of: dataset([ShardedOrder.window])) == nil)
    #expect(ShardedOrder(of: dataset([ShardedOrder.window + 1])) != nil)
  }

  private func configuration(
    epoch: Int, sampling: ImageSampling = .uniform
  ) -> BatchLoader.Configuration {
    BatchLoader.Configuration(
      batchSize: 4, input: InputSpecification(width: 8, height: 8, normalization: .unitRange),
      augmentation: .none, seed: 4, epoch: epoch, shuffles: true, sampling: sampling,
      dropsLast: true)
  }

  // A file of 6000 images has five runs of 1024 and one of 880. A window of 8192 has whole runs, at
  // most two of 880, and the beginning of one: at most 10.
  @Test(arguments: [ImageSampling.uniform, .balanced])
  func aPassReadsFewPlacesAtATime(sampling: ImageSampling) {
    let many = dataset([6000, 6000])
    let orders = (0..<2).map { configuration(epoch: $0, sampling: sampling).order(of: many) }
    #expect(orders[0] != orders[1])
    for order in orders {
      #expect(order.sorted() == Array(0..<12_000))
      // Runs begin at each 1024th image of a file.
      let runs = Set(order.prefix(ShardedOrder.window).map { $0 / 6000 * 6 + $0 % 6000 / 1024 })
      #expect(runs.count <= 10)
    }
    #expect(configuration(epoch: 1, sampling: sampling).order(of: many) == orders[1])
  }
}
