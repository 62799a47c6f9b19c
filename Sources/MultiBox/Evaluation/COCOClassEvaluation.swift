/// Precision and recall of one class, for every range of area and IoU threshold.
struct COCOClassEvaluation: Sendable {
  typealias Object = ClassGroups<EvaluationObject>.Item
  typealias Detection = ClassGroups<EvaluationDetection>.Item

  /// By range of area.
  private var objectCounts = [Int](repeating: 0, count: COCOAreaRange.allCases.count)
  /// How many objects are found, for each limit of detections by column.
  private var foundCounts = COCOAveragePrecision.detectionLimits.map { _ in
    [Int](repeating: 0, count: COCOColumns.count)
  }
  /// By column, then at the 101 recall points.
  private var precisions: [[Double]] = []

  /// Returns the precision at the 101 recall points for each IoU threshold, with the highest limit
  /// of detections; empty where no object is in range.
  func precision(_ range: COCOAreaRange) -> [[Double]] {
    guard objectCounts[range.rawValue] > 0 else { return [] }
    let first = COCOColumns.index(range, 0)
    return Array(precisions[first..<first + COCOColumns.thresholdCount])
  }

  /// Returns the recall for each IoU threshold; empty where no object is in range.
  ///
  /// - Parameter limit: index into the limits of detections.
  func recall(_ range: COCOAreaRange, limit: Int) -> [Double] {
    let objectCount = objectCounts[range.rawValue]
    guard objectCount > 0 else { return [] }
    let first = COCOColumns.index(range, 0)
    return foundCounts[limit][first..<first + COCOColumns.thresholdCount].map {
      Double($0) / Double(objectCount)
    }
  }

  /// - Parameters:
  ///   - objects: of the class, by image.
  ///   - detections: of the class, by image.
  init(objects: ArraySlice<Object>, detections: ArraySlice<Detection>) {
    var ranking: [(score: Double, index: Int)] = []
    var verdicts: [COCOVerdict] = []
    ranking.reserveCapacity(detections.count)
    verdicts.reserveCapacity(detections.count)
    var restOfObjects = objects
    var restOfDetections = detections
    while let image = Self.firstImage(restOfObjects, restOfDetections) {
      let ofImage = Self.removeFirst(of: image, &restOfObjects) { $0.image }
      var matcher = COCOImageMatcher(ofImage)
      for (range, count) in matcher.objectCounts.enumerated() { objectCounts[range] += count }
      let found = Self.removeFirst(of: image, &restOfDetections) { $0.image }
      for (rank, detection) in Self.best(found).enumerated() {
        let verdict = matcher.verdict(detection)
        ranking.append((detection.score, verdicts.count))
        verdicts.append(verdict)
        for (limit, count) in COCOAveragePrecision.detectionLimits.enumerated() where rank < count {
          for column in verdict.found { foundCounts[limit][column] += 1 }
        }
      }
    }
    ranking.sort { $0.score > $1.score || ($0.score == $1.score && $0.index < $1.index) }
    precisions = precisions(ranking.lazy.map { verdicts[$0.index] })
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
  private static func best(_ detections: ArraySlice<Detection>) -> [EvaluationDetection] {
    detections.lazy.map(\.element.score).fallingOrder
      .prefix(COCOAveragePrecision.detectionLimits.last ?? 0)
      .map { detections[detections.startIndex + $0].element }
  }

  /// Returns by column the precisions at the recall points.
  ///
  /// - Parameter verdicts: on all detections, by falling score.
  private func precisions(_ verdicts: some Sequence<COCOVerdict>) -> [[Double]] {
    // Between two right detections precision only falls, so only what it is at these matters.
    var atFound = [[Double]](repeating: [], count: COCOColumns.count)
    var wrong = [Int](repeating: 0, count: COCOColumns.count)
    var wrongInRange = [Int](repeating: 0, count: objectCounts.count)
    for verdict in verdicts {
      for range in wrongInRange.indices {
        wrongInRange[range] += Int(verdict.wrongRanges >> UInt8(range) & 1)
      }
      for column in verdict.wrong { wrong[column] += 1 }
      for column in verdict.found {
        let found = atFound[column].count + 1
        let wrong = wrong[column] + wrongInRange[column / COCOColumns.thresholdCount]
        // The reference adds the spacing of 1 to avoid 0 / 0.
        atFound[column].append(Double(found) / (Double(wrong + found) + Double.ulpOfOne))
      }
    }
    return atFound.indices.map { column in
      let objectCount = objectCounts[column / COCOColumns.thresholdCount]
      return objectCount > 0
        ? COCOAveragePrecision.interpolated(atFound[column], objectCount: objectCount) : []
    }
  }
}
