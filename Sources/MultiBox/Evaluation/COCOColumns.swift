/// Ranges of area and IoU thresholds that are looked at together: their pairs, the columns, are
/// bits of a word. A measure of more pairs than a word has bits is made of several groups.
struct COCOColumnGroup: Sendable {
  /// The ranges, by their number in the measure.
  let ranges: Range<Int>
  /// The thresholds, by their number in the measure.
  let thresholds: Range<Int>
  /// The bounds of the ranges.
  let bounds: [ClosedRange<Double>]
  /// The IoUs from which an object is found.
  let iouThresholds: [Double]
  /// The lowest of them.
  let lowestThreshold: Double

  private static let bitCount = 64

  init(_ measure: COCOAveragePrecision, ranges: Range<Int>, thresholds: Range<Int>) {
    self.ranges = ranges
    self.thresholds = thresholds
    bounds = measure.ranges[ranges].map(\.bounds)
    iouThresholds = thresholds.map {
      // Equality must count in spite of rounding at the top, as in the reference.
      min(measure.iouThresholds[$0], 1 - 1e-10)
    }
    lowestThreshold = iouThresholds.min() ?? 1
  }

  /// The groups of a measure, of which COCO's own has one.
  static func groups(of measure: COCOAveragePrecision) -> [COCOColumnGroup] {
    let thresholdCount = min(measure.iouThresholds.count, bitCount)
    let rangeCount = bitCount / thresholdCount
    return parts(of: measure.ranges.count, size: rangeCount).flatMap { ranges in
      parts(of: measure.iouThresholds.count, size: thresholdCount).map { thresholds in
        COCOColumnGroup(measure, ranges: ranges, thresholds: thresholds)
      }
    }
  }

  private static func parts(of count: Int, size: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
  }

  var count: Int { bounds.count * iouThresholds.count }

  func index(range: Int, threshold: Int) -> Int { range * iouThresholds.count + threshold }
}

/// A set of the columns of a group.
struct COCOColumns: Sendable {
  /// Range by range a bit for each threshold.
  var bits: UInt64 = 0
}

extension COCOColumns: Sequence, IteratorProtocol {
  /// Removes the lowest member and returns its index.
  @inline(__always)
  mutating func next() -> Int? {
    guard bits != 0 else { return nil }
    defer { bits &= bits - 1 }
    return bits.trailingZeroBitCount
  }
}

/// What became of a detection.
struct COCOVerdict: Sendable {
  /// Where it is right.
  var found = COCOColumns()
  /// Where it is wrong, but for `wrongRanges`.
  var wrong = COCOColumns()
  /// The ranges of area of the group where it is wrong at all thresholds.
  var wrongRanges = COCOColumns()
}
