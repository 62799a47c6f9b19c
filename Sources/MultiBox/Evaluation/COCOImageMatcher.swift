/// Gives the detections of one class in one image to its objects, for all columns of a group
/// in one go.
///
/// Most detections overlap no object enough, and their verdict is the same at every threshold.
struct COCOImageMatcher {
  typealias Object = ClassGroups<EvaluationObject>.Item

  private let group: COCOColumnGroup
  private let objects: ArraySlice<Object>
  /// For each object the columns in which it is taken.
  private var taken: [UInt64]
  private var overlaps: [Double]
  /// For each range of area the objects, by their offset: those that count come first, so that a
  /// detection goes to an ignored one only for lack of others.
  private var order: [[Int]] = []
  /// For each range of area, how many objects count.
  private(set) var objectCounts: [Int] = []

  init(_ objects: ArraySlice<Object>, _ group: COCOColumnGroup) {
    self.group = group
    self.objects = objects
    taken = [UInt64](repeating: 0, count: objects.count)
    overlaps = [Double](repeating: 0, count: objects.count)
    guard !objects.isEmpty else { return }
    for bounds in group.bounds {
      let isIgnored = objects.map {
        $0.element.isCrowd || !bounds.contains($0.element.area)
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
    for (range, bounds) in group.bounds.enumerated() {
      let isInRange = bounds.contains(detection.area)
      if isMatched {
        match(range, isInRange: isInRange, &verdict)
      } else if isInRange {
        verdict.wrongRanges.bits |= 1 << UInt64(range)
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
    return largest >= group.lowestThreshold
  }

  private mutating func match(
    _ range: Int, isInRange: Bool, _ verdict: inout COCOVerdict
  ) {
    let order = order[range]
    let countingCount = objectCounts[range]
    for (index, threshold) in group.iouThresholds.enumerated() {
      let column: UInt64 = 1 << UInt64(group.index(range: range, threshold: index))
      var best = threshold
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
