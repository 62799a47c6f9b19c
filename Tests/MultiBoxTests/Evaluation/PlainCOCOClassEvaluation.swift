@testable import MultiBox

/// Objects and detections of one class in one image.
struct PlainCOCOClassEntry: Sendable {
  var objects: [EvaluationObject] = []
  var detections: [EvaluationDetection] = []
}

/// Precision and recall of one class by the definition, range by range, limit by limit, threshold
/// by threshold: the oracle of `COCOClassEvaluation`.
struct PlainCOCOClassEvaluation: Sendable {
  /// For one range of area and limit of detections.
  struct Measure: Sendable {
    /// Precision at the 101 recall points for each IoU threshold; empty where no object is in
    /// range.
    var precision: [[Double]] = []
    /// Largest recall for each IoU threshold; empty where no object is in range.
    var recall: [Double] = []
  }

  /// By range of area and limit of detections.
  private var measures: [[Measure]] = []

  func measure(_ range: Int, limit: Int) -> Measure { measures[range][limit] }

  init(_ entries: [PlainCOCOClassEntry], of measure: COCOAveragePrecision) {
    let limit = measure.detectionLimits.last ?? 0
    let images = entries.map { PlainCOCOImageOverlaps($0, limit: limit) }
    let thresholds = measure.iouThresholds
    for range in [COCOAreaRange.all] + measure.areaRanges {
      let matches = images.map {
        PlainCOCOImageMatches($0, bounds: range.bounds, iouThresholds: thresholds)
      }
      measures.append(
        measure.detectionLimits.map {
          Self.accumulate(matches, limit: $0, thresholdCount: thresholds.count)
        })
    }
  }

  private static func accumulate(
    _ images: [PlainCOCOImageMatches], limit: Int, thresholdCount: Int
  ) -> Measure {
    let objectCount = images.reduce(0) { $0 + $1.objectCount }
    var measure = Measure()
    guard objectCount > 0 else { return measure }
    // All detections of the class by falling score; the sort must be stable.
    var ranked: [(score: Double, image: Int, index: Int)] = []
    for (image, matches) in images.enumerated() {
      for (index, score) in matches.scores.prefix(limit).enumerated() {
        ranked.append((score, image, index))
      }
    }
    let order = ranked.indices.sorted {
      ranked[$0].score > ranked[$1].score || (ranked[$0].score == ranked[$1].score && $0 < $1)
    }
    for threshold in 0..<thresholdCount {
      var recalls: [Double] = []
      var precisions: [Double] = []
      recalls.reserveCapacity(order.count)
      precisions.reserveCapacity(order.count)
      var found = 0
      var wrong = 0
      for position in order {
        let entry = ranked[position]
        switch images[entry.image].verdicts[threshold][entry.index] {
        case .found: found += 1
        case .wrong: wrong += 1
        case .ignored: break
        }
        recalls.append(Double(found) / Double(objectCount))
        // The reference adds the spacing of 1 to avoid 0 / 0.
        precisions.append(Double(found) / (Double(wrong + found) + Double.ulpOfOne))
      }
      measure.recall.append(recalls.last ?? 0)
      measure.precision.append(Self.interpolated(precisions, recalls: recalls))
    }
    return measure
  }

  /// Returns at each recall point the best precision at that recall or a higher one.
  private static func interpolated(_ precisions: [Double], recalls: [Double]) -> [Double] {
    var envelope = precisions
    for index in envelope.indices.dropLast().reversed() {
      envelope[index] = max(envelope[index], envelope[index + 1])
    }
    var position = 0
    return COCOAveragePrecision.recallPoints.map { point in
      while position < recalls.count, recalls[position] < point { position += 1 }
      return position < recalls.count ? envelope[position] : 0
    }
  }
}

/// Sorted detections of one class in one image, and how they overlap its objects.
struct PlainCOCOImageOverlaps: Sendable {
  let objects: [EvaluationObject]
  /// By falling score, at most the limit.
  let detections: [EvaluationDetection]
  /// Detection by detection the overlap with each object.
  let overlaps: [[Double]]

  init(_ entry: PlainCOCOClassEntry, limit: Int) {
    let objects = entry.objects
    let order = entry.detections.indices.sorted {
      let (a, b) = (entry.detections[$0].score, entry.detections[$1].score)
      return a > b || (a == b && $0 < $1)
    }
    let detections = order.prefix(limit).map { entry.detections[$0] }
    self.objects = objects
    self.detections = detections
    overlaps = detections.map { detection in
      objects.map { object in
        let shared = detection.box.intersectionArea(object.box)
        guard shared > 0 else { return 0 }
        let whole =
          object.isCrowd
          ? detection.area : detection.area + object.boxArea - shared
        return shared / whole
      }
    }
  }
}

/// What became of the detections of one class in one image, for one range of area.
struct PlainCOCOImageMatches: Sendable {
  enum Verdict: Sendable {
    case found
    case wrong
    case ignored
  }

  /// Objects that should be found.
  let objectCount: Int
  let scores: [Double]
  /// For each IoU threshold a verdict for each detection.
  let verdicts: [[Verdict]]

  init(
    _ image: PlainCOCOImageOverlaps, bounds: ClosedRange<Double>, iouThresholds: [Double]
  ) {
    let isIgnored = image.objects.map { $0.isCrowd || !bounds.contains($0.area) }
    // Objects that count come first, so that a detection goes to an ignored one only for lack of
    // others.
    let order =
      isIgnored.indices.filter { !isIgnored[$0] } + isIgnored.indices.filter { isIgnored[$0] }
    objectCount = isIgnored.count { !$0 }
    scores = image.detections.map(\.score)
    verdicts = iouThresholds.map { threshold in
      var isTaken = [Bool](repeating: false, count: image.objects.count)
      return image.detections.indices.map { index in
        // Equality must count in spite of rounding at the top, as in the reference.
        var best = min(threshold, 1 - 1e-10)
        var match: Int?
        for object in order {
          if isTaken[object], !image.objects[object].isCrowd { continue }
          if let match, !isIgnored[match], isIgnored[object] { break }
          let overlap = image.overlaps[index][object]
          if overlap < best { continue }
          best = overlap
          match = object
        }
        guard let match else {
          return bounds.contains(image.detections[index].area) ? .wrong : .ignored
        }
        isTaken[match] = true
        return isIgnored[match] ? .ignored : .found
      }
    }
  }
}
