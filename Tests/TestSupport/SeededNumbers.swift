import MultiBox

/// Numbers of a test: the same in every run.
public struct SeededNumbers: RandomNumberGenerator {
  private var generator: SeededGenerator

  public init(_ seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// Starts from a name: its FNV-1a hash, as the scripts of the goldens do.
  public init(name: String) {
    var hash = FowlerNollVo()
    hash.add(name.utf8)
    generator = SeededGenerator(seed: hash.value)
  }

  public mutating func next() -> UInt64 { generator.next() }

  public mutating func number(_ range: ClosedRange<Double>) -> Double {
    Double.random(in: range, using: &self)
  }

  public mutating func integer(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &self)
  }

  public mutating func doubles(_ count: Int, _ range: ClosedRange<Double>) -> [Double] {
    (0..<count).map { _ in number(range) }
  }

  public mutating func floats(_ count: Int, _ range: ClosedRange<Double>) -> [Float] {
    (0..<count).map { _ in Float(number(range)) }
  }
}

// Problems.
extension SeededNumbers {
  /// A box on a coarse grid inside one pixel: overlaps tie, and the unit decides nothing.
  public mutating func pixelBox(grid: Int) -> PixelBox {
    box(grid: grid).inPixels(width: 1, height: 1)
  }

  /// A box inside 0…1. On a coarse grid equal IoUs and shared edges are frequent.
  public mutating func box(grid: Int? = nil) -> Box {
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

  public mutating func boxes(_ count: Int, grid: Int? = nil) -> [Box] {
    (0..<count).map { _ in box(grid: grid) }
  }

  /// Default boxes anywhere, on one feature map.
  public mutating func defaultBoxes(_ count: Int, grid: Int? = nil) throws -> DefaultBoxes {
    try DefaultBoxes(boxes(count, grid: grid).map { CenterBox($0) })
  }

  /// Objects of classes `1…classCount`; crowds where a share is given.
  public mutating func objects(
    _ count: Int, classCount: Int, oneCrowdIn crowds: Int? = nil
  ) -> [LabeledBox] {
    (0..<count).map { _ in
      LabeledBox(
        box: box(), classIndex: integer(1...classCount),
        isCrowd: crowds.map { integer(0...$0 - 1) == 0 } ?? false)
    }
  }
}
