/// The default boxes laid out for matching: four side by side in vectors, and in blocks of
/// neighbours, each with bounds that tell without looking at its boxes that none overlaps enough.
struct DefaultBoxBlocks: Sendable {
  /// Four default boxes, a lane for each.
  struct Lanes: Sendable {
    var xMin: SIMD4<Double>
    var yMin: SIMD4<Double>
    var xMax: SIMD4<Double>
    var yMax: SIMD4<Double>
    var area: SIMD4<Double>

    /// Boxes that overlap nothing.
    static let nowhere = Lanes(
      xMin: SIMD4(repeating: .infinity), yMin: SIMD4(repeating: .infinity),
      xMax: SIMD4(repeating: -.infinity), yMax: SIMD4(repeating: -.infinity), area: .zero)
  }

  /// What holds for each box of a block.
  struct Bounds: Sendable {
    /// The smallest box around all.
    var box: Box
    var smallestArea: Double
  }

  /// Default boxes of a block: 8 cells of the first map of SSD300.
  static let size = 32
  static let lanesPerBlock = size / 4

  /// `lanesPerBlock` for each block, in the order of the default boxes.
  let lanes: [Lanes]
  let bounds: [Bounds]

  init(_ corners: [Box]) {
    let blockCount = (corners.count + Self.size - 1) / Self.size
    var lanes = [Lanes](repeating: .nowhere, count: blockCount * Self.lanesPerBlock)
    // Boxes without area, also those with a NaN, overlap nothing: they stay nowhere.
    for (index, box) in corners.enumerated() where box.hasArea {
      lanes[index / 4].xMin[index % 4] = box.xMin
      lanes[index / 4].yMin[index % 4] = box.yMin
      lanes[index / 4].xMax[index % 4] = box.xMax
      lanes[index / 4].yMax[index % 4] = box.yMax
      lanes[index / 4].area[index % 4] = box.area
    }
    self.lanes = lanes
    bounds = (0..<blockCount).map { block in
      let boxes = corners[block * Self.size..<min((block + 1) * Self.size, corners.count)]
      var bounds = Bounds(
        box: Box(xMin: .infinity, yMin: .infinity, xMax: -.infinity, yMax: -.infinity),
        smallestArea: .infinity)
      for box in boxes where box.hasArea {
        bounds.box.xMin = min(bounds.box.xMin, box.xMin)
        bounds.box.yMin = min(bounds.box.yMin, box.yMin)
        bounds.box.xMax = max(bounds.box.xMax, box.xMax)
        bounds.box.yMax = max(bounds.box.yMax, box.yMax)
        bounds.smallestArea = min(bounds.smallestArea, box.area)
      }
      return bounds
    }
  }
}
