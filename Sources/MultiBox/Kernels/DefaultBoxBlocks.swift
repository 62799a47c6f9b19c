/// The default boxes laid out for matching: in blocks of boxes of like size and place, with bounds
/// that tell without a look at the boxes that none overlaps enough.
struct DefaultBoxBlocks: Sendable {
  /// Four default boxes, a lane for each.
  struct Lanes: Sendable {
    var xMin = SIMD4<Double>(repeating: .infinity)
    var yMin = SIMD4<Double>(repeating: .infinity)
    var xMax = SIMD4<Double>(repeating: -.infinity)
    var yMax = SIMD4<Double>(repeating: -.infinity)
    var area = SIMD4<Double>(repeating: 0)
    var index = SIMD4<Int32>(repeating: 0)

    /// Lanes begin as boxes that overlap nothing.
    init() {}

    mutating func set(_ lane: Int, _ box: Box, index: Int) {
      xMin[lane] = box.xMin
      yMin[lane] = box.yMin
      xMax[lane] = box.xMax
      yMax[lane] = box.yMax
      area[lane] = box.area
      self.index[lane] = Int32(index)
    }
  }

  /// What holds for each box of four blocks, a lane for each block.
  struct Bounds: Sendable {
    /// The smallest box around all.
    private var xMin = SIMD4<Double>(repeating: .infinity)
    private var yMin = SIMD4<Double>(repeating: .infinity)
    private var xMax = SIMD4<Double>(repeating: -.infinity)
    private var yMax = SIMD4<Double>(repeating: -.infinity)
    private var largestWidth = SIMD4<Double>(repeating: 0)
    private var largestHeight = SIMD4<Double>(repeating: 0)
    private var smallestArea = SIMD4<Double>(repeating: .infinity)
    private var largestArea = SIMD4<Double>(repeating: 0)

    mutating func add(_ box: Box, to lane: Int) {
      xMin[lane] = min(xMin[lane], box.xMin)
      yMin[lane] = min(yMin[lane], box.yMin)
      xMax[lane] = max(xMax[lane], box.xMax)
      yMax[lane] = max(yMax[lane], box.yMax)
      largestWidth[lane] = max(largestWidth[lane], box.width)
      largestHeight[lane] = max(largestHeight[lane], box.height)
      smallestArea[lane] = min(smallestArea[lane], box.area)
      largestArea[lane] = max(largestArea[lane], box.area)
    }

    /// Returns for each block an IoU that none of its boxes exceeds, but for rounding errors; −1
    /// where all are disjoint from the box.
    @inline(__always)
    func largestOverlaps(_ box: Box, area: Double) -> SIMD4<Double> {
      let width = (xMax.lower(box.xMax) - xMin.upper(box.xMin)).lower(largestWidth)
      let height = (yMax.lower(box.yMax) - yMin.upper(box.yMin)).lower(largestHeight)
      // None shares more than this with the box, and none is smaller.
      let shared = (width * height).lower(largestArea).lower(area)
      let overlaps = shared / (smallestArea.upper(shared) + area - shared)
      return SIMD4(repeating: -1).replacing(with: overlaps, where: width.lower(height) .> 0)
    }
  }

  /// Default boxes of a block.
  static let blockSize = 32
  static let lanesPerBlock = blockSize / 4

  /// `lanesPerBlock` for each block.
  let lanes: [Lanes]
  /// For each four blocks; those that there are not are disjoint from every box.
  let bounds: [Bounds]

  init(centers: [CenterBox], corners: [Box]) {
    // Boxes without area, also those with a NaN, overlap nothing.
    var order = corners.indices.filter { corners[$0].hasArea }
    Self.arrange(&order, 0..<order.count, centers)
    let blockCount = (order.count + Self.blockSize - 1) / Self.blockSize
    var lanes = [Lanes](repeating: Lanes(), count: blockCount * Self.lanesPerBlock)
    var bounds = [Bounds](repeating: Bounds(), count: (blockCount + 3) / 4)
    for (position, index) in order.enumerated() {
      let box = corners[index]
      lanes[position / 4].set(position % 4, box, index: index)
      let block = position / Self.blockSize
      bounds[block / 4].add(box, to: block % 4)
    }
    self.lanes = lanes
    self.bounds = bounds
  }

  /// Halves the boxes of `range` by what they differ in most, again and again, down to blocks.
  private static func arrange(
    _ order: inout [Int], _ range: Range<Int>, _ centers: [CenterBox]
  ) {
    guard range.count > blockSize else { return }
    // Displacements in sizes, and sizes as logarithms: what costs as much IoU, about.
    let first = centers[order[range.lowerBound]]
    var (low, high) = (features(first), features(first))
    var size = SIMD2<Double>.zero
    for position in range {
      let center = centers[order[position]]
      let features = features(center)
      low.replace(with: features, where: features .< low)
      high.replace(with: features, where: features .> high)
      size += SIMD2(center.width, center.height)
    }
    size /= Double(range.count)
    let spread = (high - low) / SIMD4(size.x, size.y, 1, 1)
    let widest = (0..<4).max { spread[$0] < spread[$1] } ?? 0
    let sorted = order[range].map { (key: features(centers[$0])[widest], index: $0) }
      .sorted { ($0.key, $0.index) < ($1.key, $1.index) }
    for (position, element) in zip(range, sorted) { order[position] = element.index }
    // Whole blocks to the left.
    let middle = range.lowerBound + (range.count / 2 + blockSize - 1) / blockSize * blockSize
    arrange(&order, range.lowerBound..<middle, centers)
    arrange(&order, middle..<range.upperBound, centers)
  }

  private static func features(_ box: CenterBox) -> SIMD4<Double> {
    SIMD4(
      box.cx, box.cy, Double.naturalLogarithm(box.width), Double.naturalLogarithm(box.height))
  }
}

extension SIMD4<Double> {
  /// Returns the smaller ones; `pointwiseMin` asks each lane whether it is NaN (Swift 6.3, 67
  /// instructions for 2).
  @inline(__always)
  func lower(_ other: SIMD4<Double>) -> SIMD4<Double> {
    replacing(with: other, where: other .< self)
  }

  @inline(__always)
  func lower(_ other: Double) -> SIMD4<Double> { lower(SIMD4(repeating: other)) }

  /// Returns the larger ones.
  @inline(__always)
  func upper(_ other: SIMD4<Double>) -> SIMD4<Double> {
    replacing(with: other, where: other .> self)
  }

  @inline(__always)
  func upper(_ other: Double) -> SIMD4<Double> { upper(SIMD4(repeating: other)) }
}
