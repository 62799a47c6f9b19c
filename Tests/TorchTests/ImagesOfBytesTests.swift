import Testing
import Torch

/// Images of bytes, normalized where their tensor lies.
struct ImagesOfBytesTests {
  // By hand: (byte − mean) / deviation, whose reciprocals are whole powers of two.
  @Test func bytesAreNormalizedByChannel() throws {
    let bytes: [UInt8] = [0, 1, 2, 255, 128, 3, 10, 20, 30, 40, 50, 60]
    let images = try Tensor(
      channelsLast: bytes, shape: [1, 2, 2, 3], mean: [1, 127.5, 0],
      standardDeviation: [1, 0.5, 4])
    #expect(images.shape == [1, 3, 2, 2])
    #expect(images.elementType == .float32 && images.device == .cpu)
    #expect(
      try images.floats() == [
        -1, 254, 9, 39, -253, 1, -215, -155, 0.5, 0.75, 7.5, 15,
      ])
  }

  // The same formula in Swift, bit by bit, for every byte.
  @Test(arguments: [1, 3]) func allBytesAreThoseOfTheFormula(images count: Int) throws {
    let shape = [count, 16, 16, 3]
    let bytes = (0..<count * 768).map { UInt8(truncatingIfNeeded: $0 / 3 * 7 + $0 % 3) }
    let mean: [Float] = [123.675, 116.28, 103.53]
    let deviation: [Float] = [58.395, 57.12, 57.375]
    let found = try Tensor(
      channelsLast: bytes, shape: shape, mean: mean, standardDeviation: deviation)
    let plain = try Tensor(
      channelsLast: bytes.indices.map {
        (Float(bytes[$0]) - mean[$0 % 3]) * (1 / deviation[$0 % 3])
      }, shape: shape)
    #expect(found.shape == plain.shape && found.shape == [count, 3, 16, 16])
    #expect(try found.floats() == plain.floats())
  }

  // A process may have no image of a batch.
  @Test func noImagesAreATensor() throws {
    let images = try Tensor(
      channelsLast: [UInt8](), shape: [0, 5, 4, 3], mean: [0, 0, 0], standardDeviation: [1, 1, 1])
    #expect(images.shape == [0, 3, 5, 4] && images.elementType == .float32)
  }

  // The device behind the last one is missing on every machine.
  @Test func aMissingDeviceIsAnError() {
    let missing = Device.cuda(Device.cudaCount)
    let error = #expect(throws: TorchError.self) {
      try Tensor(
        channelsLast: [1], shape: [1, 1, 1, 1], mean: [0], standardDeviation: [1], on: missing)
    }
    #expect(error?.operation == "device \(missing)")
  }
}
