/// What a value of a network was in many images: its range, a histogram, and the mean of each
/// channel.
///
/// Memory does not grow with the images.
public struct ValueStatistics: Hashable, Sendable {
  /// The smallest number; 0 before the first.
  public private(set) var lowest: Float = 0
  /// The largest number; 0 before the first.
  public private(set) var highest: Float = 0
  /// Numbers that were NaN or infinite; they are counted here alone.
  public private(set) var nonFiniteCount = 0
  /// How many numbers had a magnitude in each of equal parts of 0…``extent``; those that were 0,
  /// which every ``ByteGrid`` has, are not counted.
  private(set) var bins: [Int]
  /// The end of the last bin: a power of two above every magnitude so far.
  private(set) var extent: Float = 0x1p-20
  /// The largest magnitude of each channel, 0 before the first.
  public private(set) var channelMagnitudes: [Float]
  private var channelSums: [Double]
  private var pixelCount = 0

  /// Eight steps of a grid of 255, so that the grid's rounding is seen and not the bins'.
  static let binCount = 2048

  /// Creates the statistics of no image.
  ///
  /// - Parameter channelCount: channels of the value, from 1.
  public init(channelCount: Int) {
    precondition(channelCount > 0, "\(channelCount) channels")
    bins = Array(repeating: 0, count: Self.binCount)
    channelSums = Array(repeating: 0, count: channelCount)
    channelMagnitudes = Array(repeating: 0, count: channelCount)
  }

  /// Numbers below 0 were among them.
  public var hasNegatives: Bool { lowest < 0 }

  /// The largest magnitude.
  public var largestMagnitude: Float { max(highest, -lowest) }

  /// The mean of each channel over all pixels; 0 before the first.
  public var channelMeans: [Double] {
    channelSums.map { pixelCount == 0 ? 0 : $0 / Double(pixelCount) }
  }

  /// Adds a value of one image.
  ///
  /// - Parameter numbers: the elements, channel by channel; their number is a multiple of the
  ///   channels'.
  /// - Precondition: it is one.
  public mutating func add(_ numbers: UnsafeBufferPointer<Float>) {
    let channelCount = channelSums.count
    precondition(
      numbers.count % channelCount == 0, "\(numbers.count) numbers of \(channelCount) channels")
    let pixels = numbers.count / channelCount
    for channel in 0..<channelCount {
      var (low, high): (Float, Float) = (0, 0)
      for number in numbers[channel * pixels..<(channel + 1) * pixels] where number.isFinite {
        low = min(low, number)
        high = max(high, number)
      }
      (lowest, highest) = (min(lowest, low), max(highest, high))
      channelMagnitudes[channel] = max(channelMagnitudes[channel], high, -low)
    }
    while extent <= largestMagnitude, extent < .greatestFiniteMagnitude / 2 { doubleExtent() }
    let factor = Float(Self.binCount) / extent
    var nonFinite = 0
    bins.withUnsafeMutableBufferPointer { bins in
      for channel in 0..<channelCount {
        var sum = 0.0
        for number in numbers[channel * pixels..<(channel + 1) * pixels] {
          guard number.isFinite else {
            nonFinite += 1
            continue
          }
          sum += Double(number)
          guard number != 0 else { continue }
          bins[min(Int(number.magnitude * factor), bins.count - 1)] += 1
        }
        channelSums[channel] += sum
      }
    }
    pixelCount += pixels
    nonFiniteCount += nonFinite
  }

  /// Two neighbouring bins become one.
  private mutating func doubleExtent() {
    extent *= 2
    for index in 0..<Self.binCount / 2 { bins[index] = bins[2 * index] + bins[2 * index + 1] }
    for index in Self.binCount / 2..<Self.binCount { bins[index] = 0 }
  }
}
