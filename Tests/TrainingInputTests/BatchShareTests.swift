import Datasets
import NetworkInput
import Testing

@testable import TrainingInput

struct BatchShareTests {
  // 8 = 3 + 3 + 2, 2 = 1 + 1 + 0.
  @Test func theFirstPartsHaveOneMore() {
    func ranges(_ images: Int) -> [Range<Int>] {
      (0..<3).map { BatchShare(index: $0, count: 3).range(of: images) }
    }
    #expect(ranges(8) == [0..<3, 3..<6, 6..<8])
    #expect(ranges(2) == [0..<1, 1..<2, 2..<2])
    #expect(BatchShare.whole.range(of: 5) == 0..<5)
  }

  // Images that come twice in a pass have other changes the second time, also in another process.
  @Test(arguments: [1, 2, 3]) func partsTogetherAreTheBatchesOfOne(count: Int) throws {
    let shapes = ShapesSpecification(imageCount: 11, side: 32, seed: 5).dataset(split: "train")
    func batches(_ share: BatchShare) throws -> [Batch] {
      let loader = BatchLoader(
        dataset: shapes, cache: ImageCache(),
        configuration: BatchLoader.Configuration(
          batchSize: 5, input: InputSpecification(width: 32, height: 32, normalization: .unitRange),
          augmentation: .ssd,
          seed: 3, epoch: 2, startingBatch: 1, shuffles: true, sampling: .balanced,
          dropsLast: false, share: share))
      var result: [Batch] = []
      while let batch = try loader.next() { result.append(batch) }
      return result
    }
    let whole = try batches(.whole)
    // Of three batches the first is left out.
    #expect(whole.map(\.count) == [5, 1])
    let parts = try (0..<count).map { try batches(BatchShare(index: $0, count: count)) }
    for (number, batch) in whole.enumerated() {
      let ofBatch = parts.map { $0[number] }
      #expect(ofBatch.flatMap(\.indices) == batch.indices)
      #expect(ofBatch.flatMap(\.names) == batch.names)
      #expect(ofBatch.flatMap(\.pixels) == batch.pixels)
      #expect(ofBatch.flatMap(\.groundTruth) == batch.groundTruth)
    }
  }
}
