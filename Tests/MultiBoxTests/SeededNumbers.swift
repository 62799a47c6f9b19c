import MultiBox

/// Numbers of a test: the same in every run.
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func number(_ range: ClosedRange<Double>) -> Double {
    Double.random(in: range, using: &self)
  }

  mutating func integer(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

  /// A box on a coarse grid inside one pixel: overlaps tie, and the unit decides nothing.
  mutating func pixelBox(grid: Int) -> PixelBox { box(grid: grid).inPixels(width: 1, height: 1) }

  /// A box inside 0…1. On a coarse grid equal IoUs and shared edges are frequent.
  mutating func box(grid: Int? = nil) -> Box {
    if let grid {
      let x = integer(0...grid - 1)
      let y = integer(0...grid - 1)
      let xMax = integer(x + 1...grid)
      let yMax = integer(y + 1...grid)
      let side = Double(grid)
      return Box(
        xMin: Double(x) / side, yMin: Double(y) / side, xMax: Double(xMax) / side,
        yMax: Double(yMax) / side)
    }
    let width = number(0.02...0.6)
    let height = number(0.02...0.6)
    let x = number(0...1 - width)
    let y = number(0...1 - height)
    return Box(xMin: x, yMin: y, xMax: x + width, yMax: y + height)
  }
}
