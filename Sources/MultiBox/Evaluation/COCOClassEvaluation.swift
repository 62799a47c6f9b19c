/// Precision and recall of one class, for every range of area and IoU threshold of a measure.
struct COCOClassEvaluation: Hashable, Sendable {
  typealias Object = ClassGroups<EvaluationObject>.Item
  typealias Detection = ClassGroups<EvaluationDetection>.Item

  /// By range of area.
  private var objectCounts: [Int]
  /// How many objects are found, by limit of detections, range and threshold.
  private var foundCounts: [[[Int]]]
  /// By range and threshold, then at the 101 recall points; empty where no object is in range.
  private var precisions: [[[Double]]]

  /// Returns the precision at the 101 recall points for each IoU threshold, with the highest limit
  /// of detections; empty where no object is in range.
  ///
  /// - Parameter range: its number in the measure.
  func precision(_ range: Int) -> [[Double]] { objectCounts[range] > 0 ? precisions[range] : [] }

  /// Returns the recall for each IoU threshold; empty where no object is in range.
  ///
  /// - Parameters:
  ///   - range: its number in the measure.
  ///   - limit: its number in the measure.
  func recall(_ range: Int, limit: Int) -> [Double] {
    let objectCount = objectCounts[range]
    return objectCount > 0 ? foundCounts[limit][range].map { Double($0) / Double(objectCount) } : []
  }

  /// - Parameters:
  ///   - objects: of the class, by image.
  ///   - detections: of the class, by image.
  ///   - measure: thresholds, ranges and limits.
  init(
    objects: ArraySlice<Object>, detections: ArraySlice<Detection>, of measure: COCOAveragePrecision
  ) {
    let (ranges, thresholds) = (measure.ranges.count, measure.iouThresholds.count)
    objectCounts = [Int](repeating: 0, count: ranges)
    foundCounts = measure.detectionLimits.map { _ in
      [[Int]](repeating: [Int](repeating: 0, count: thresholds), count: ranges)
    }
    precisions = [[[Double]]](
      repeating: [[Double]](repeating: [], count: thresholds), count: ranges)
    for group in COCOColumnGroup.groups(of: measure) {
      let part = COCOGroupEvaluation(
        objects: objects, detections: detections, group, limits: measure.detectionLimits)
      for (inGroup, range) in group.ranges.enumerated() {
        objectCounts[range] = part.objectCounts[inGroup]
        for (position, threshold) in group.thresholds.enumerated() {
          let column = group.index(range: inGroup, threshold: position)
          precisions[range][threshold] = part.precisions[column]
          for limit in measure.detectionLimits.indices {
            foundCounts[limit][range][threshold] = part.foundCounts[limit][column]
          }
        }
      }
    }
  }
}

/// Precision and recall of one class in the columns of a group.
private struct COCOGroupEvaluation {
  typealias Object = COCOClassEvaluation.Object
  typealias Detection = COCOClassEvaluation.Detection

  private let group: COCOColumnGroup
  /// By range of area.
  private(set) var objectCounts: [Int]
  /// How many objects are found, for each limit of detections by column.
  private(set) var foundCounts: [[Int]]
  /// By column, then at the 101 recall points.
  private(set) var precisions: [[Double]] = []

  init(
    objects: ArraySlice<Object>, detections: ArraySlice<Detection>, _ group: COCOColumnGroup,
    limits: [Int]
  ) {
    self.group = group
    objectCounts = [Int](repeating: 0, count: group.bounds.count)
    foundCounts = limits.map { _ in [Int](repeating: 0, count: group.count) }
    var scores: [Double] = []
    var verdicts: [COCOVerdict] = []
    scores.reserveCapacity(detections.count)
    verdicts.reserveCapacity(detections.count)
    var restOfObjects = objects
    var restOfDetections = detections
    while let image = Self.firstImage(restOfObjects, restOfDetections) {
      let ofImage = Self.removeFirst(of: image, &restOfObjects) { $0.image }
      var matcher = COCOImageMatcher(ofImage, group)
      for (range, count) in matcher.objectCounts.enumerated() { objectCounts[range] += count }
      let found = Self.removeFirst(of: image, &restOfDetections) { $0.image }
      for (rank, detection) in Self.best(found, limits.last ?? 0).enumerated() {
        let verdict = matcher.verdict(detection)
        scores.append(detection.score)
        verdicts.append(verdict)
        for (limit, count) in limits.enumerated() where rank < count {
          for column in verdict.found { foundCounts[limit][column] += 1 }
        }
      }
    }
    precisions = precisions(scores.fallingOrder.lazy.map { verdicts[$0] })
  }

  private static func firstImage(
    _ objects: ArraySlice<Object>, _ detections: ArraySlice<Detection>
  ) -> Int? {
    guard let object = objects.first else { return detections.first?.image }
    guard let detection = detections.first else { return object.image }
    return min(object.image, detection.image)
  }

  private static func removeFirst<Item>(
    of image: Int, _ items: inout ArraySlice<Item>, imageOf: (Item) -> Int
  ) -> ArraySlice<Item> {
    var end = items.startIndex
    while end < items.endIndex, imageOf(items[end]) == image { end += 1 }
    let removed = items[..<end]
    items = items[end...]
    return removed
  }

  /// Returns an image's detections by falling score, as many as the highest limit lets pass.
  private static func best(
    _ detections: ArraySlice<Detection>, _ limit: Int
  ) -> [EvaluationDetection] {
    detections.lazy.map(\.element.score).fallingOrder.prefix(limit)
      .map { detections[detections.startIndex + $0].element }
  }

  /// Returns by column the precisions at the recall points.
  ///
  /// - Parameter verdicts: on all detections, by falling score.
  private func precisions(_ verdicts: some Sequence<COCOVerdict>) -> [[Double]] {
    // Between two right detections precision only falls, so only what it is at these matters.
    var atFound = [[Double]](repeating: [], count: group.count)
    var wrong = [Int](repeating: 0, count: group.count)
    var wrongInRange = [Int](repeating: 0, count: objectCounts.count)
    let thresholdCount = group.iouThresholds.count
    for verdict in verdicts {
      for range in verdict.wrongRanges { wrongInRange[range] += 1 }
      for column in verdict.wrong { wrong[column] += 1 }
      for column in verdict.found {
        let found = atFound[column].count + 1
        let wrong = wrong[column] + wrongInRange[column / thresholdCount]
        // The reference adds the spacing of 1 to avoid 0 / 0.
        atFound[column].append(Double(found) / (Double(wrong + found) + Double.ulpOfOne))
      }
    }
    return atFound.indices.map { column in
      let objectCount = objectCounts[column / thresholdCount]
      return objectCount > 0
        ? COCOAveragePrecision.interpolated(atFound[column], objectCount: objectCount) : []
    }
  }
}
