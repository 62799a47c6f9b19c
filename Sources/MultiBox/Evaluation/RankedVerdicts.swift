/// The detections of one class in all images by falling score, right or wrong; ignored ones are
/// left out.
struct RankedVerdicts {
  struct Entry {
    let score: Double
    let isRight: Bool
  }

  let objectCount: Int
  /// By falling score; equal scores keep the order given.
  let entries: [Entry]

  /// - Parameter entries: by falling score.
  init(objectCount: Int, ranked entries: [Entry]) {
    self.objectCount = objectCount
    self.entries = entries
  }

  /// COCO's average precision: the mean of the best precision at recall 0, .01 … 1 or higher; nil
  /// where nothing is to be found.
  ///
  /// - Parameter precisions: where the 1st, 2nd … object is found.
  static func averagePrecision(_ precisions: [Double], objectCount: Int) -> Double? {
    guard objectCount > 0 else { return nil }
    let precision = COCOAveragePrecision.interpolated(precisions, objectCount: objectCount)
    return precision.reduce(0, +) / Double(precision.count)
  }

  /// Returns those of all classes, class c at index c − 1.
  static func ofClasses(
    _ matched: MatchedImages, classCount: Int
  ) -> [RankedVerdicts] {
    var objectCounts = [Int](repeating: 0, count: classCount)
    var entries = [[Entry]](repeating: [], count: classCount)
    for (image, matching) in zip(matched.images, matched.matchings) {
      for object in image.objects where object.counts && object.classIndex.isClass(of: classCount) {
        objectCounts[object.classIndex - 1] += 1
      }
      for index in matching.order {
        let detection = image.detections[index]
        guard detection.classIndex.isClass(of: classCount) else { continue }
        switch matching.verdicts[index] {
        case .ignored: continue
        case .wrong:
          entries[detection.classIndex - 1].append(Entry(score: detection.score, isRight: false))
        case .right:
          entries[detection.classIndex - 1].append(Entry(score: detection.score, isRight: true))
        }
      }
    }
    return zip(objectCounts, entries).map { objectCount, entries in
      RankedVerdicts(
        objectCount: objectCount,
        ranked: entries.lazy.map(\.score).fallingOrder.map { entries[$0] })
    }
  }
}
