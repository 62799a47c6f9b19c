import Datasets
import MultiBox
import Runs
import Testing
import Torch
import TrainingInput

@testable import SSDTraining

extension TrainingTests {
  /// What a network is given of bytes that its device normalizes, here the processor as a device.
  @Suite struct BatchFormats {
    private func batches(as format: Batch.Format) throws -> [Batch] {
      var configuration = TrainingConfiguration(
        data: TrainingDataSource(
          paths: ["shapes"], format: .shapes, classNames: ShapesSpecification.classNames),
        network: TrainingConfiguration.Network(.ssdCompact, imageSide: 64),
        augmentation: .ssd,
        execution: TrainingConfiguration.Execution(threadCount: 1, validationInterval: 0))
      configuration.optimization.batchSize = 4
      let shapes = ShapesSpecification(imageCount: 12, side: 80, seed: 4).dataset(split: "train")
      let loader = BatchLoader(
        epoch: 0, startingAt: 0, of: TrainingData(configuration.data, training: shapes),
        configuration, format: format)
      return try (0..<3).map { _ in try #require(try loader.next()) }
    }

    // Half a grey level over the deviation of ssd-compact's input, 127.5, and float rounding.
    @Test func aTensorOfBytesIsThatOfNumbersWithinHalfAGreyLevel() throws {
      let pairs = zip(try batches(as: .normalized), try batches(as: .bytes))
      var largest: Float = 0
      for (numbers, bytes) in pairs {
        let (expected, found) = (try Tensor(numbers), try Tensor(bytes))
        #expect(found.shape == [4, 3, 64, 64] && found.shape == expected.shape)
        for (one, other) in zip(try expected.floats(), try found.floats()) {
          largest = max(largest, abs(one - other))
        }
        // What the device makes of the bytes is what the batch says of itself, bit by bit.
        let shape = [4, 64, 64, 3]
        #expect(
          try found.floats() == Tensor(channelsLast: bytes.pixels, shape: shape).floats())
      }
      #expect(largest <= 0.5001 / 127.5 && largest > 0.45 / 127.5, "\(largest)")
    }

    @Test func theProcessorTakesNumbersAndOtherDevicesBytes() {
      #expect(Device.cpu.batchFormat == .normalized)
      #expect(Device.cuda(0).batchFormat == .bytes && Device.cuda(3).batchFormat == .bytes)
    }
  }
}
