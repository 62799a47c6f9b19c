/// How far a value is from that of another computation of the same network, as a share of what this
/// varies by within its channels: Σ (found − expected)² / Σ (expected − its channel's mean)².
public struct OutputError: Hashable, Sendable {
  private var squares = 0.0
  private var sums: [Double]
  private var squareSum = 0.0
  /// Of a channel.
  private var count = 0

  /// Creates the error of no image.
  ///
  /// - Parameter channelCount: channels of the value, from 1; 1 for one that has none.
  public init(channelCount: Int = 1) {
    precondition(channelCount > 0, "\(channelCount) channels")
    sums = Array(repeating: 0, count: channelCount)
  }

  /// Adds a value of one image.
  ///
  /// - Parameters:
  ///   - found: the value, channel by channel.
  ///   - expected: the same of the other computation.
  /// - Precondition: both have as many numbers, a multiple of the channels'.
  public mutating func add(
    _ found: UnsafeBufferPointer<Float>, expected: UnsafeBufferPointer<Float>
  ) {
    precondition(found.count == expected.count, "\(found.count) numbers, not \(expected.count)")
    precondition(
      found.count % sums.count == 0, "\(found.count) numbers of \(sums.count) channels")
    let size = found.count / sums.count
    for channel in sums.indices {
      for index in channel * size..<(channel + 1) * size {
        let number = Double(expected[index])
        let difference = Double(found[index]) - number
        squares += difference * difference
        sums[channel] += number
        squareSum += number * number
      }
    }
    count += size
  }

  /// The share, from 0; infinite where the expected numbers do not vary and the others are not the
  /// same, or where one is none.
  public var share: Double {
    guard squares != 0 else { return 0 }
    let variation = squareSum - sums.reduce(0) { $0 + $1 * $1 } / Double(max(count, 1))
    let share = squares / variation
    return share.isFinite && share >= 0 ? share : .infinity
  }
}
