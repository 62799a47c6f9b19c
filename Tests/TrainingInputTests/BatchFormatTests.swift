import Datasets
import ImageFiles
import MultiBox
import NetworkInput
import Testing

@testable import TrainingInput

/// Batches of bytes beside those of normalized numbers.
struct BatchFormatTests {
  private func batches(
    _ input: InputSpecification, _ augmentation: AugmentationPolicy, as format: Batch.Format
  ) throws -> [Batch] {
    let loader = BatchLoader(
      dataset: CompositionTests.rectangles, cache: ImageCache(),
      configuration: BatchLoader.Configuration(
        batchSize: 4, input: input, augmentation: augmentation, seed: 8, epoch: 1, shuffles: true,
        dropsLast: false, format: format))
    var result: [Batch] = []
    while let batch = try loader.next() { result.append(batch) }
    return result
  }

  private static let normalizations = [
    ImageNormalization.unitRange, .imageNetMean,
    ImageNormalization(mean: [10, 120.25, 240], standardDeviation: [58, 57, 200]),
  ]

  // Half a grey level of the channel's deviation, and the rounding of floats.
  @Test(arguments: normalizations, [InputSpecification.ChannelOrder.rgb, .bgr])
  func bytesAreTheNumbersWithinHalfAGreyLevel(
    normalization: ImageNormalization, order: InputSpecification.ChannelOrder
  ) throws {
    var input = InputSpecification(width: 40, height: 30, normalization: normalization)
    input.channelOrder = order
    var policy = AugmentationPolicy.ssd
    policy.mosaic.probability = 0.5
    policy.mixup.probability = 0.5
    policy.copyPaste.probability = 0.5
    let floats = try batches(input, policy, as: .normalized)
    let bytes = try batches(input, policy, as: .bytes)
    #expect(floats.map(\.names) == bytes.map(\.names))
    #expect(floats.map(\.groundTruth) == bytes.map(\.groundTruth))
    #expect(floats.map(\.count) == [4, 4, 1])
    let deviation =
      order == .rgb
      ? normalization.standardDeviation : normalization.standardDeviation.reversed()
    var largest: Float = 0
    for (one, other) in zip(floats, bytes) {
      let (expected, found) = (one.pixels, other.pixels)
      try #require(expected.count == found.count && expected.count == one.count * 40 * 30 * 3)
      for index in expected.indices {
        let difference = abs(expected[index] - found[index]) * deviation[index % 3]
        #expect(difference <= 0.5001, "\(index)")
        largest = max(largest, difference)
      }
    }
    // The numbers are not whole already.
    #expect(largest > 0.45)
  }

  // What is rounded to bytes before it is normalized is the same in both forms.
  @Test func anInputOfBytesIsTheSameToTheLastBit() throws {
    var input = InputSpecification(width: 40, height: 30, normalization: .imageNetMean)
    input.isRoundedToBytes = true
    let floats = try batches(input, .ssd, as: .normalized)
    let bytes = try batches(input, .ssd, as: .bytes)
    #expect(floats.count == 3)
    #expect(floats.map(\.pixels) == bytes.map(\.pixels))
  }

  // By hand: 4 · 40 · 30 · 3 bytes, and four times as many.
  @Test func bytesTakeAQuarterOfTheMemory() {
    let input = InputSpecification(width: 40, height: 30, normalization: .unitRange)
    #expect(Batch.byteCount(4, of: input, as: .bytes) == 14_400)
    #expect(Batch.byteCount(4, of: input) == 57_600)
    var configuration = BatchLoader.Configuration(
      batchSize: 4, input: input, augmentation: .none, seed: 0, epoch: 0, shuffles: false,
      dropsLast: false, prefetchByteCount: 57_600)
    #expect(configuration.batchesAhead == 1)
    configuration.format = .bytes
    #expect(configuration.batchesAhead == 4)
  }
}
