/// The SplitMix64 generator: small, fast, the same everywhere.
///
/// The state is one word, so a checkpoint can hold it. Streams for independent work come from
/// ``split(_:)``.
///
/// - SeeAlso: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
public struct SeededGenerator: RandomNumberGenerator, Hashable, Sendable, Codable {
  /// All that the next numbers depend on.
  public var state: UInt64

  /// Creates a generator whose numbers follow from `seed`.
  public init(seed: UInt64) {
    state = seed
  }

  /// Returns the next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mixed(state)
  }

  /// Returns a generator for stream `index` that depends on this one's state and does not change
  /// it.
  ///
  /// The same stream whichever thread asks and in whatever order, which keeps a run reproducible.
  public func split(_ index: UInt64) -> SeededGenerator {
    SeededGenerator(seed: Self.mixed(state ^ Self.mixed(index &+ 0x9E37_79B9_7F4A_7C15)))
  }

  private static func mixed(_ word: UInt64) -> UInt64 {
    var z = word
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
