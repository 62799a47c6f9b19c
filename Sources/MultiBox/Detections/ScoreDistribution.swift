/// A histogram of positive numbers with buckets of a sixteenth of a power of 2.
struct ScoreDistribution {
  private static let shift = 19
  private var counts = [Int32](
    repeating: 0, count: Int(Float.infinity.bitPattern >> shift))
  private let weight: Int

  /// - Parameter weight: what each number stands for.
  init(weight: Int) { self.weight = weight }

  /// Negative numbers are left out.
  mutating func insert(_ value: Float) {
    if value >= 0 { counts[Int(value.bitPattern >> Self.shift)] += 1 }
  }

  /// Returns a number that about `count` numbers reach; −∞ where there are fewer.
  func bound(ofBest count: Int) -> Float {
    var found = 0
    for bucket in counts.indices.reversed() {
      found += Int(counts[bucket]) * weight
      if found >= count { return Float(bitPattern: UInt32(bucket) << Self.shift) }
    }
    return -.infinity
  }
}
