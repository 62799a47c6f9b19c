import NetworkInput

/// The pixels of a batch that is being made.
struct BatchPixels {
  private let transform: InputTransform
  private let normalization: ImageNormalization
  /// One of them is used: all images' numbers, or their bytes.
  private var numbers: [Float] = []
  private var bytes: [UInt8] = []
  private let format: Batch.Format

  /// Makes room for images.
  init(imageCount: Int, of input: InputSpecification, as format: Batch.Format) {
    self.format = format
    normalization = input.channelNormalization
    switch format {
    case .normalized:
      transform = InputTransform(input)
      numbers = [Float](repeating: 0, count: imageCount * transform.valueCount)
    case .bytes:
      transform = InputTransform(input.inGreyLevels)
      bytes = [UInt8](repeating: 0, count: imageCount * transform.valueCount)
    }
  }

  /// Writes the image of a number, from 0 on.
  mutating func write(_ input: ComposedInput, _ number: Int) {
    let size = transform.valueCount
    let range = number * size..<(number + 1) * size
    let transform = transform
    switch format {
    case .normalized:
      numbers.withUnsafeMutableBufferPointer {
        input.write(transform, to: UnsafeMutableBufferPointer(rebasing: $0[range]))
      }
    case .bytes:
      bytes.withUnsafeMutableBufferPointer { bytes in
        // Blends and parts of a mosaic are made of floats, and rounded as a whole.
        withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { levels in
          input.write(transform, to: levels)
          InputTransform.round(
            UnsafeBufferPointer(levels), to: UnsafeMutableBufferPointer(rebasing: bytes[range]))
        }
      }
    }
  }

  var values: Batch.Values {
    format == .bytes ? .bytes(bytes, normalization) : .normalized(numbers)
  }
}
