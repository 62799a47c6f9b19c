/// A set of pairs of a range of area and an IoU threshold.
struct COCOColumns: Sendable {
  static let thresholdCount = COCOAveragePrecision.iouThresholds.count
  static let count = COCOAreaRange.allCases.count * thresholdCount

  /// Range by range a bit for each threshold.
  var bits: UInt64 = 0

  static func index(_ range: COCOAreaRange, _ threshold: Int) -> Int {
    range.rawValue * thresholdCount + threshold
  }
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
  /// A bit for each range of area where it is wrong at all thresholds.
  var wrongRanges: UInt8 = 0
}

/// Gives the detections of one class in one image to its objects, for all ranges of area and IoU
/// thresholds in one go.
///
/// Most detections overlap no object by half, and their verdict is the same at every threshold.
struct COCOImageMatcher {
  typealias Object = ClassGroups<EvaluationObject>.Item

  private let objects: ArraySlice<Object>
  /// For each object the columns in which it is taken.
  private var taken: [UInt64]
  private var overlaps: [Double]
  /// For each range of area the objects, by their offset: those that count come first, so that a
  /// detection goes to an ignored one only for lack of others.
  private var order: [[Int]] = []
  /// For each range of area, how many objects count.
  private(set) var objectCounts: [Int] = []

  init(_ objects: ArraySlice<Object>) {
    self.objects = objects
    taken = [UInt64](repeating: 0, count: objects.count)
    overlaps = [Double](repeating: 0, count: objects.count)
    guard !objects.isEmpty else { return }
    for range in COCOAreaRange.allCases {
      let isIgnored = objects.map {
        $0.element.isCrowd || !range.contains($0.element.area)
      }
      let counting = isIgnored.indices.filter { !isIgnored[$0] }
      order.append(counting + isIgnored.indices.filter { isIgnored[$0] })
      objectCounts.append(counting.count)
    }
  }

  /// Returns the verdict on the next detection by falling score.
  mutating func verdict(_ detection: EvaluationDetection) -> COCOVerdict {
    var verdict = COCOVerdict()
    let isMatched = findOverlaps(detection)
    for range in COCOAreaRange.allCases {
      let isInRange = range.contains(detection.area)
      if isMatched {
        match(range, isInRange: isInRange, &verdict)
      } else if isInRange {
        verdict.wrongRanges |= 1 << UInt8(range.rawValue)
      }
    }
    return verdict
  }

  /// Returns whether an object overlaps enough for the lowest threshold.
  ///
  /// In the order of pycocotools' `bbIou`, the crowd's IoU being the share of the detection.
  private mutating func findOverlaps(_ detection: EvaluationDetection) -> Bool {
    var largest = 0.0
    for (offset, object) in objects.enumerated() {
      let shared = detection.box.intersectionArea(object.element.box)
      var overlap = 0.0
      if shared > 0 {
        let whole =
          object.element.isCrowd
          ? detection.area : detection.area + object.element.boxArea - shared
        overlap = shared / whole
      }
      overlaps[offset] = overlap
      largest = max(largest, overlap)
    }
    return largest >= COCOAveragePrecision.iouThresholds[0]
  }

  private mutating func match(
    _ range: COCOAreaRange, isInRange: Bool, _ verdict: inout COCOVerdict
  ) {
    let order = order[range.rawValue]
    let countingCount = objectCounts[range.rawValue]
    for (index, threshold) in COCOAveragePrecision.iouThresholds.enumerated() {
      let column: UInt64 = 1 << UInt64(COCOColumns.index(range, index))
      // Equality must count in spite of rounding at the top, as in the reference.
      var best = min(threshold, 1 - 1e-10)
      var match: Int?
      for rank in order.indices {
        // A match that counts is not given up for one that is ignored.
        if rank == countingCount, match != nil { break }
        let object = order[rank]
        if taken[object] & column != 0, !isCrowd(object) { continue }
        if overlaps[object] < best { continue }
        best = overlaps[object]
        match = rank
      }
      if let match {
        taken[order[match]] |= column
        if match < countingCount { verdict.found.bits |= column }
      } else if isInRange {
        verdict.wrong.bits |= column
      }
    }
  }

  private func isCrowd(_ offset: Int) -> Bool {
    objects[objects.startIndex + offset].element.isCrowd
  }
}
