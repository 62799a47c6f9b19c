/// The `D` default boxes of a detector, normalized to 0…1 of the image.
///
/// Keeps centre form, for encoding, and corners, for IoU, of every box. Order is that of generation
/// (map, row, column, shape) or that of the list they were created from.
public struct DefaultBoxes: Hashable, Sendable {
  /// `D` boxes in centre form.
  public let centers: [CenterBox]
  /// The same boxes by their corners.
  public let corners: [Box]
  /// The range of the boxes of each feature map; one range over all of them for boxes from a list.
  public let featureMapRanges: [Range<Int>]
  /// The same boxes once more, for matching.
  let blocks: DefaultBoxBlocks
  /// The largest distance of a coordinate from 0, a size counting as one.
  let extent: Double

  /// D, the number of default boxes.
  public var count: Int { centers.count }

  /// Creates default boxes from a list.
  ///
  /// - Parameters:
  ///   - centers: `D` boxes in centre form, normalized.
  ///   - featureMapCounts: the number of boxes of each feature map, in order; nil takes all as one
  ///     map. ``ATSSAssigner`` asks for it.
  /// - Throws: ``InputError/invalidDefaultBox(index:box:)`` for a box without area or with a value
  ///   that is not finite, ``InputError/countMismatch(argument:expected:found:)`` for counts whose
  ///   sum is not that of the boxes.
  public init(
    _ centers: [CenterBox], featureMapCounts: [Int]? = nil
  ) throws(InputError) {
    let counts = featureMapCounts ?? [centers.count]
    guard counts.allSatisfy({ $0 >= 0 }), counts.reduce(0, +) == centers.count else {
      throw InputError.countMismatch(
        argument: "featureMapCounts", expected: "counts that sum to \(centers.count)",
        found: counts.reduce(0, +))
    }
    let corners = centers.map(Box.init)
    for (index, box) in corners.enumerated() where !(box.hasArea && box.isFinite) {
      throw InputError.invalidDefaultBox(index: index, box: centers[index])
    }
    self.centers = centers
    self.corners = corners
    var start = 0
    featureMapRanges = counts.map { count in
      defer { start += count }
      return start..<start + count
    }
    blocks = DefaultBoxBlocks(centers: centers, corners: corners)
    extent = Self.extent(centers)
  }

  /// Generates the boxes of `specification`.
  public init(_ specification: DefaultBoxSpecification) {
    var centers: [CenterBox] = []
    var ranges: [Range<Int>] = []
    centers.reserveCapacity(specification.boxCount)
    for map in specification.featureMaps {
      let start = centers.count
      for row in 0..<map.rows {
        for column in 0..<map.columns {
          for shape in map.shapes {
            centers.append(specification.box(shape, of: map, row: row, column: column))
          }
        }
      }
      ranges.append(start..<centers.count)
    }
    self.centers = centers
    corners = centers.map(Box.init)
    featureMapRanges = ranges
    blocks = DefaultBoxBlocks(centers: centers, corners: corners)
    extent = Self.extent(centers)
  }

  private static func extent(_ centers: [CenterBox]) -> Double {
    centers.reduce(0) { max($0, abs($1.cx), abs($1.cy), $1.width, $1.height) }
  }

  // All else follows from the centres and the ranges.

  public static func == (a: DefaultBoxes, b: DefaultBoxes) -> Bool {
    a.centers == b.centers && a.featureMapRanges == b.featureMapRanges
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(centers)
    hasher.combine(featureMapRanges)
  }
}
